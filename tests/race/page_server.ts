// Serves the visited pages from an origin that is not the endpoint's.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { clients } from './clients.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where an exit leads to: a page without a client. */
export const NEXT = '/next';

export class PageServer {
  readonly #server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://page');
    const script = /^\/(.+\.js)$/.exec(pathname)?.[1];
    if (script !== undefined) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(this.#script(script));
    } else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(pathname));
    }
  });
  /** Read once: a build may replace dist/ meanwhile. */
  readonly #scripts = new Map<string, Buffer>();

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

  #script(name: string): Buffer {
    const folder = name === 'webtrack.iife.js' ? 'dist' : 'build/race/page';
    const script = this.#scripts.get(name) ?? readFileSync(`${root}/${folder}/${name}`);
    this.#scripts.set(name, script);
    return script;
  }
}

/** At the path of a client's name its page. */
function page(path: string): string {
  const client = clients.find(({ name }) => path === `/${name}`);
  const scripts = ['exit_clock.js'];
  if (client?.ours) scripts.push('webtrack.iife.js');
  if (client) scripts.push(`${client.adapter}.js`);
  const tags = scripts.map((script) => `<script src="/${script}"></script>`).join('');
  return `<!doctype html><meta charset="utf-8"><title>race</title><link rel="icon" href="data:,">${tags}`;
}
