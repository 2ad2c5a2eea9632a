// Serves the test pages and dist/ from another origin than the collector's.

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

const FIRST = '/first.js';

/** Delay of answers under `/slow/`. */
const SLOW_MS = 1_200;

const FOLDERS: readonly (readonly [prefix: string, folder: string])[] = [
  ['/dist/', 'dist/'],
  // The path that the snippets of README.md use.
  ['/webtrack/', 'dist/'],
  // Scripts without core.wasm in their folder; core.wasm alone is under /elsewhere/.
  ['/alone/webtrack.js', 'dist/webtrack.js'],
  ['/alone/engine.js', 'dist/engine.js'],
  ['/alone/webtrack.worker.js', 'dist/webtrack.worker.js'],
  // The script without engine.js in its folder.
  ['/recorder/webtrack.iife.js', 'dist/webtrack.iife.js'],
  // A second copy, for a test with two versions.
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
  /** Scripts that run before those of each page. */
  readonly #first: string[] = [];
  #app: ((pathname: string) => string | Buffer | undefined) | undefined;

  static async start(): Promise<PageServer> {
    const pageServer = new PageServer();
    await new Promise<void>((resolve) => pageServer.#server.listen(0, '127.0.0.1', resolve));
    return pageServer;
  }

  /** Differs in host and port from the collector, so that every request to the collector is cross-origin. */
  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Serves `content` under `path`; the file extension of `path` sets the content type. */
  serve(path: string, content: string): void {
    this.#built.set(path, content);
  }

  /** Runs `script` in each page before its own scripts: WebDriver cannot. */
  runFirst(script: string | ((argument: never) => unknown), argument?: unknown): void {
    this.#first.push(
      typeof script === 'string' ? script : `(${script})(${JSON.stringify(argument)})`,
    );
  }

  /**
   * Serves a sample application from its built `folder`; it takes precedence over all other pages. A path without a
   * file gets the `index.html` of its folder or else that of the application, so that client-side routes work.
   * `hosts` replaces the hosts that the application was built with.
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

  /** Answers all requests under `/held/`, those that wait and all later ones. */
  release(): void {
    // The page may send its request after the test has called this.
    this.#released = true;
    for (const answer of this.#held.splice(0)) answer();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #withFirst(page: string | Buffer | undefined): string | Buffer | undefined {
    if (!page || this.#first.length === 0) return page;
    return page.toString().replace(/^<!doctype html>/i, `$&<script src="${FIRST}"></script>`);
  }

  #answer({ pathname, searchParams }: URL, response: ServerResponse): void {
    if (pathname.startsWith('/broken/')) {
      // Close the connection, as a server that is down does.
      response.destroy();
      return;
    }
    const send = () => {
      const content = this.#built.get(pathname) ?? this.#app?.(pathname) ?? readFile(pathname);
      // Routes of an application have no extension.
      const type = TYPES[extname(pathname) || '.html'] ?? 'application/octet-stream';
      response.writeHead(content === undefined ? 404 : 200, {
        'content-type': type,
        // A CDN sends this header too.
        'access-control-allow-origin': '*',
        ...(searchParams.has('csp') && {
          'content-security-policy': searchParams.get('csp') ?? '',
        }),
      });
      response.end(type.startsWith('text/html') ? this.#withFirst(content) : content);
    };
    if (pathname === FIRST) this.#built.set(FIRST, this.#first.join(';\n'));
    if (pathname.startsWith('/slow/')) setTimeout(send, SLOW_MS);
    else if (pathname.startsWith('/held/') && !this.#released) this.#held.push(send);
    else send();
  }
}

const files = new Map<string, Buffer>();

/** Content of a file. Each file is read once, because a build may replace dist/ while the tests run. */
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
