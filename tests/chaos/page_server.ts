// Serves the visited page and the built library from another origin than the proxy's.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrackerOptions } from '../../js/src/index.ts';

const here = fileURLToPath(new URL('../../tests/chaos/', import.meta.url));
export const defaultDist = fileURLToPath(new URL('../../dist/', import.meta.url));

export interface PageSettings {
  /** The start of all events' markers. */
  prefix: string;
  options: TrackerOptions;
  /** Folder with webtrack.iife.js and the files beside it. */
  dist: string;
  /** Returns how many milliseconds a file that the library loads itself takes to arrive. Default: 0. */
  delay?: () => number;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Files that the library loads itself. */
const LATER = /(worker|engine|core)\.(js|wasm)$/;

const WORKER = '/webtrack.worker.js';

/** Makes browsers send the whole address as Referer to other origins. */
const OPEN = { 'referrer-policy': 'unsafe-url' };

export class PageServer {
  readonly #server;
  /** The last document number. Each document has its own, and gets a new one when it is reloaded. */
  #documents = 0;
  /** Numbers that were given out by a redirect whose document is not served yet. */
  readonly #unserved = new Set<number>();
  /** When each shared worker's script was requested: one entry for each worker that was started. */
  readonly workers: number[] = [];

  private constructor({ prefix, options, dist, delay = () => 0 }: PageSettings) {
    const html = readFileSync(join(here, 'page.html'), 'utf8');
    // Read at the start, because a build may replace dist/ during the run.
    const files = new Map([['/page.js', readFileSync(join(here, 'page.js'))]]);
    for (const file of readdirSync(dist).filter((name) => TYPES[extname(name)])) {
      files.set(`/${file}`, readFileSync(join(dist, file)));
    }
    this.#server = createServer(({ url = '/' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://page');
      // The number in the address makes the Referer of each request tell which document or worker sent it.
      const document = Number(searchParams.get('document'));
      if (pathname === '/' && !this.#unserved.delete(document)) {
        this.#unserved.add(++this.#documents);
        response.writeHead(302, { location: `/?document=${this.#documents}` }).end();
      } else if (pathname === '/') {
        const given = { prefix, options, document };
        response.writeHead(200, { ...OPEN, 'content-type': 'text/html; charset=utf-8' });
        response.end(html.replace('"{{given}}"', () => JSON.stringify(given)));
      } else if (pathname === WORKER && !searchParams.has('worker')) {
        this.workers.push(Date.now());
        response.writeHead(302, { location: `${WORKER}?worker=${this.workers.length}` }).end();
      } else {
        const file = files.get(pathname);
        const type = TYPES[extname(pathname)];
        const answer = () =>
          response
            .writeHead(file ? 200 : 404, { ...OPEN, ...(type && { 'content-type': type }) })
            .end(file);
        if (LATER.test(pathname)) setTimeout(answer, delay());
        else answer();
      }
    });
  }

  static async start(settings: PageSettings): Promise<PageServer> {
    const server = new PageServer(settings);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
