// Serves the visited pages and their clients' files from another origin than the endpoint's.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../race/clients/client.ts';
import { documentPage, endPage, eventsPage, type Kind } from './pages.ts';
import type { Variant } from './variants.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.map': 'application/json',
};

export class PageServer {
  readonly #server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://page');
    const file = this.#fileOf(pathname);
    if (file) {
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type }).end(this.#read(file));
    } else if (TYPES[extname(pathname)]) {
      response.writeHead(404).end();
    } else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(this.#page(pathname));
    }
  });
  /** Each file is read once, because a build may replace dist/ during the run. */
  readonly #files = new Map<string, Buffer>();
  #visited: { variant: Variant; settings: Settings } | undefined;

  static async start(): Promise<PageServer> {
    const server = new PageServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sets the client of all pages from now on; it sends to `endpoint`. */
  show(variant: Variant, endpoint: string): void {
    const settings = { endpoint, https: { project: '', host: '' }, options: variant.options };
    this.#visited = { variant, settings };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #fileOf(path: string): string | undefined {
    const folder = { '/webtrack/': 'dist', '/client/': 'build/visit/page' };
    for (const [prefix, from] of Object.entries(folder)) {
      const file = `${root}/${from}/${basename(path)}`;
      if (path.startsWith(prefix) && existsSync(file)) return file;
    }
    return undefined;
  }

  #read(file: string): Buffer {
    const text = this.#files.get(file) ?? readFileSync(file);
    this.#files.set(file, text);
    return text;
  }

  #page(path: string): string {
    const number = Number(/^\/documents\/(\d)$/.exec(path)?.[1]);
    if (path === '/events') return eventsPage(this.#client('events'));
    if (number >= 1) return documentPage(number, this.#client('documents'));
    return endPage;
  }

  /** The script tags that load the client. */
  #client(kind: Kind): string {
    if (!this.#visited) return '';
    const { variant, settings } = this.#visited;
    const given = { settings, sendsEvents: kind === 'events' };
    const sources = [
      ...variant.scripts.map((script) => `/webtrack/${script}`),
      `/client/${scriptName(variant, kind)}`,
    ];
    const tags = sources.map((source) => `<script src="${source}"></script>`).join('');
    return `<script>visit = ${JSON.stringify(given)}</script>${tags}`;
  }
}

/** File name of the script that starts a variant's client; each adapter has one. */
export function scriptName(variant: Variant, kind: Kind): string {
  return `${kind}-${basename(variant[kind] ?? '')}.js`;
}
