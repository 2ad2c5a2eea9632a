// Serves the visited page and the built library from an origin that is not the proxy's.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrackerOptions } from '../../js/src/index.ts';

const here = fileURLToPath(new URL('../../tests/chaos/', import.meta.url));
export const defaultDist = fileURLToPath(new URL('../../dist/', import.meta.url));

export interface PageSettings {
  /** Begins the markers of all events. */
  prefix: string;
  options: TrackerOptions;
  /** Folder with webtrack.iife.js. */
  dist: string;
}

export class PageServer {
  readonly #server;
  /** Each document gets a number of its own, a reloaded one as well. */
  #documents = 0;
  /** Those on their way. */
  readonly #unserved = new Set<number>();

  private constructor({ prefix, options, dist }: PageSettings) {
    const html = readFileSync(join(here, 'page.html'), 'utf8');
    // Read once: a build may replace dist/ meanwhile.
    const scripts: Record<string, Buffer> = {
      '/page.js': readFileSync(join(here, 'page.js')),
      '/webtrack.iife.js': readFileSync(join(dist, 'webtrack.iife.js')),
    };
    this.#server = createServer(({ url = '/' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://page');
      // Every request tells by its Referer which document has sent it.
      const document = Number(searchParams.get('document'));
      if (pathname === '/' && !this.#unserved.delete(document)) {
        this.#unserved.add(++this.#documents);
        response.writeHead(302, { location: `/?document=${this.#documents}` }).end();
      } else if (pathname === '/') {
        const given = { prefix, options, document };
        response.writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'referrer-policy': 'unsafe-url',
        });
        response.end(html.replace('"{{given}}"', () => JSON.stringify(given)));
      } else {
        const script = scripts[pathname];
        response.writeHead(script ? 200 : 404, { 'content-type': 'text/javascript' }).end(script);
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
