// Shared by the tests of requests.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { test as base, type Collector, eventually, expect } from '../fixtures.ts';
import { recorded } from './recorded.ts';

declare global {
  interface Window {
    ask(
      method: string,
      address: string,
      prepare?: (xhr: XMLHttpRequest) => void,
      body?: string | null,
      isAsync?: boolean,
    ): Promise<{ heard: string[]; status: number; text: string }>;
    unhandled: unknown[];
  }
}

/** A server on another origin that allows every cross-origin request. */
export interface Api {
  origin: string;
  requests: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[];
}

export const test = base.extend<{ api: Api }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names out of the pattern.
  api: async ({}, use) => {
    const requests: Api['requests'] = [];
    const server = createServer(async (request, response) => {
      const { method = '', url: path = '', headers } = request;
      let body = '';
      for await (const part of request) body += part;
      requests.push({ method, path, headers, body });
      const answer = method === 'OPTIONS' ? '' : 'answer';
      if (path.startsWith('/reset')) request.socket.destroy();
      else if (!path.startsWith('/silent')) {
        response.writeHead(path.startsWith('/missing') ? 404 : 200, {
          'access-control-allow-origin': '*',
          'access-control-allow-headers': '*',
          'access-control-allow-methods': '*',
          'content-type': 'text/plain',
          'content-length': answer.length,
        });
        response.end(answer);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await use({ origin: `http://127.0.0.1:${port}`, requests });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
});

export const PAGE = 'capture/network.html';
export const options = { capture: { network: {} } };
export const traced = (...traceparent: string[]) => ({ capture: { network: { traceparent } } });
export const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/;
export const OTHER_TRACE = 'ab'.repeat(16);
export const OTHER_TRACEPARENT = `00-${OTHER_TRACE}-${'cd'.repeat(8)}-00`;

/** Waits until that many requests are recorded, and returns them. */
export async function requests(page: Page, collector: Collector, count: number) {
  const all = () => recorded(page, collector, 'request');
  await eventually(async () => (await all()).length).toBe(count);
  return all();
}

export const whole = expect.stringMatching(/^\d+$/);
