// Serves the visited pages from another origin than the endpoint's.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clients } from './clients.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** The page after an exit, which has no client. */
export const NEXT = '/next';

export class PageServer {
  readonly #server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://page');
    const type = TYPES[extname(pathname)];
    if (type) {
      const file = this.#file(pathname);
      response.writeHead(file ? 200 : 404, { 'content-type': type }).end(file);
    } else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(pathname));
    }
  });
  /** Each file is read once, because a build may replace dist/ during the run. */
  readonly #files = new Map<string, Buffer>();

  static async start(): Promise<PageServer> {
    const server = new PageServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A script of the clients' pages, or a file of this library, which lie beside each other in its folder. */
  #file(path: string): Buffer | undefined {
    const known = this.#files.get(path);
    if (known) return known;
    const file = ['build/race/page', 'dist']
      .map((folder) => `${root}/${folder}${path}`)
      .find((file) => existsSync(file));
    if (!file) return undefined;
    const content = readFileSync(file);
    this.#files.set(path, content);
    return content;
  }
}

/** The page at a path: a client's at its name, else one without a client. */
function page(path: string): string {
  const client = clients.find(({ name }) => path === `/${name}`);
  const scripts = ['exit_clock.js'];
  if (client?.ours) scripts.push('webtrack.iife.js');
  if (client) scripts.push(`${client.adapter}.js`);
  const tags = scripts.map((script) => `<script src="/${script}"></script>`).join('');
  return `<!doctype html><meta charset="utf-8"><title>race</title><link rel="icon" href="data:,">${tags}`;
}
