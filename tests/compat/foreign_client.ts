// Loads an unchanged published client into a page, and serves the collector over HTTPS, which some clients require.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { build } from 'esbuild';
import type { PageServer } from '../e2e/page_server.ts';

/** Opens a page on which the package's default export is the global `Client`. */
export async function openWithClient(page: Page, pages: PageServer, name: string): Promise<void> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import Client from '${name}'; globalThis.Client = Client;`,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    format: 'iife',
    write: false,
  });
  pages.serve('/client.js', outputFiles[0]?.text ?? '');
  await page.goto(`${pages.origin}/client.html`);
}

export interface HttpsAddress {
  /** Clients connect to `{project}.{host}`, as with the service. */
  project: string;
  host: string;
  stop(): Promise<void>;
}

/** Serves the collector over HTTPS with a self-signed certificate. */
export async function startHttps(collector: string): Promise<HttpsAddress> {
  const request =
    'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=demo.localhost -keyout - -out -';
  const pem = execFileSync('openssl', request.split(' '), { stdio: ['ignore', 'pipe', 'ignore'] });
  const { hostname, port } = new URL(collector);
  const open = new Set<{ destroy(): void }>();
  const server = createServer({ key: pem, cert: pem }, (client) => {
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => other.destroy());
      socket.pipe(other);
    }
  });
  // A browser may close a connection before the TLS handshake.
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    project: 'demo',
    host: `localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
