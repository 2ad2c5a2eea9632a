// Serves the tests' own pages and dist/ from an origin that is not the collector's.

import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = 'tests/e2e/pages/';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** So long it takes to answer what is asked for under `/slow/`. */
const SLOW_MS = 1_200;

const FOLDERS: readonly (readonly [prefix: string, folder: string])[] = [
  ['/dist/', 'dist/'],
  // Where README.md has them.
  ['/webtrack/', 'dist/'],
  // The scripts without core.wasm beside them, and the other way round.
  ['/alone/webtrack.js', 'dist/webtrack.js'],
  ['/alone/engine.js', 'dist/engine.js'],
  ['/alone/webtrack.worker.js', 'dist/webtrack.worker.js'],
  // The first file alone.
  ['/recorder/webtrack.iife.js', 'dist/webtrack.iife.js'],
  // All of it once more.
  ['/other/', 'dist/'],
  ['/elsewhere/core.wasm', 'dist/core.wasm'],
  ['/held/core.wasm', 'dist/core.wasm'],
  ['/held/script.html', `${pages}script.html`],
  ['/apps/', 'build/apps/'],
  ['/', pages],
];

export class PageServer {
  readonly #server = createServer((request, response) => {
    this.#answer(new URL(request.url ?? '/', 'http://page'), response);
  });
  readonly #held: (() => void)[] = [];
  #released = false;
  readonly #built = new Map<string, string>();
  #app: ((pathname: string) => string | Buffer | undefined) | undefined;

  static async start(): Promise<PageServer> {
    const pageServer = new PageServer();
    await new Promise<void>((resolve) => pageServer.#server.listen(0, '127.0.0.1', resolve));
    return pageServer;
  }

  /** Another host and another port than the collector's: every request to that is a cross-origin one. */
  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Serves what a test has built under `path`, whose ending tells its type. */
  serve(path: string, content: string): void {
    this.#built.set(path, content);
  }

  /**
   * Serves a sample application from its built `folder`, ahead of all other pages: as its host would, a folder by
   * its `index.html`, and by that of the whole for an address that only the application knows. `hosts`: what stands
   * in for the hosts that it was built with.
   */
  serveApp(folder: string, hosts: Readonly<Record<string, string>>): void {
    const read = (path: string) => {
      const content = readFile(`/apps/${folder}${path}`);
      if (!content || !/\.(html|js)$/.test(path)) return content;
      return Object.entries(hosts).reduce(
        (text, [host, actual]) => text.replaceAll(host, actual),
        content.toString(),
      );
    };
    this.#app = (path) =>
      read(path) ??
      read(`${path.replace(/\/$/, '')}/index.html`) ??
      (extname(path) ? undefined : read('/index.html'));
  }

  /** Answers what is asked for under `/held/`, from now on as well; until then those requests wait. */
  release(): void {
    // A page may ask later than its test believes.
    this.#released = true;
    for (const answer of this.#held.splice(0)) answer();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ pathname, searchParams }: URL, response: ServerResponse): void {
    if (pathname.startsWith('/broken/')) {
      // No answer at all, as from a server that is down.
      response.destroy();
      return;
    }
    const send = () => {
      const content = this.#built.get(pathname) ?? this.#app?.(pathname) ?? readFile(pathname);
      // An application's addresses have no ending.
      const type = TYPES[extname(pathname) || '.html'] ?? 'application/octet-stream';
      response.writeHead(content === undefined ? 404 : 200, {
        'content-type': type,
        // As a host of scripts for other sites has it.
        'access-control-allow-origin': '*',
        ...(searchParams.has('csp') && {
          'content-security-policy': searchParams.get('csp') ?? '',
        }),
      });
      response.end(content);
    };
    if (pathname.startsWith('/slow/')) setTimeout(send, SLOW_MS);
    else if (pathname.startsWith('/held/') && !this.#released) this.#held.push(send);
    else send();
  }
}

const files = new Map<string, Buffer>();

/** A file's content; read once, as a build may replace dist/ while the tests run. */
function readFile(pathname: string): Buffer | undefined {
  const [prefix, folder] = FOLDERS.find(([start]) => pathname.startsWith(start)) ?? ['', ''];
  const path = root + folder + pathname.slice(prefix.length);
  try {
    const content = files.get(path) ?? readFileSync(path);
    files.set(path, content);
    return content;
  } catch {
    return undefined;
  }
}
