// Requests by fetch and XMLHttpRequest: what is recorded, and that the page notices no difference.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { test as base, type Collector, eventually, expect } from '../fixtures.ts';
import { recorded } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

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
interface Api {
  origin: string;
  requests: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[];
}

const test = base.extend<{ api: Api }>({
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

const PAGE = 'capture/network.html';
const options = { capture: { network: {} } };
const traced = (...traceparent: string[]) => ({ capture: { network: { traceparent } } });
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/;
const OTHER_TRACE = 'ab'.repeat(16);
const OTHER_TRACEPARENT = `00-${OTHER_TRACE}-${'cd'.repeat(8)}-00`;

/** Waits until that many requests are recorded, and returns them. */
async function requests(page: Page, collector: Collector, count: number) {
  const all = () => recorded(page, collector, 'request');
  await eventually(async () => (await all()).length).toBe(count);
  return all();
}

test.use({
  expectedProblems: /Failed to load resource|Cross-Origin|uncaught exception: (last|not handled)/,
});

const whole = expect.stringMatching(/^\d+$/);

test('a fetch is recorded with its method, URL, status, size and duration', async ({
  page,
  pages,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  const texts = await page.evaluate(async (api) => {
    const answers = [
      await fetch(`${api}/plain?token=secret&utm_source=x`),
      await fetch(new URL(`${api}/missing`), { method: 'post', body: 'sent' }),
      await fetch(new Request('../next.html', { method: 'HEAD' })),
      await fetch(`${api}/plain`, { mode: 'no-cors' }),
      await fetch('data:text/plain,none'),
    ];
    return Promise.all(answers.map((answer) => answer.text()));
  }, api.origin);
  expect(texts).toEqual(['answer', 'answer', '', '', 'none']);
  const request = { event: 'request', request_type: 'fetch', duration_ms: whole };
  expect(await requests(page, collector, 4)).toEqual([
    {
      ...request,
      http_method: 'GET',
      request_url: `${api.origin}/plain?utm_source=x`,
      http_status: '200',
      response_bytes: '6',
    },
    {
      ...request,
      http_method: 'POST',
      request_url: `${api.origin}/missing`,
      http_status: '404',
      response_bytes: '6',
    },
    {
      ...request,
      http_method: 'HEAD',
      request_url: `${pages.origin}/next.html`,
      http_status: '200',
    },
    // The browser hides the status of a no-cors request.
    { ...request, http_method: 'GET', request_url: `${api.origin}/plain`, http_status: '0' },
  ]);
});

test('an XMLHttpRequest is recorded with the same fields, also a synchronous one', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  const answers = await page.evaluate(
    async (api) => [
      await window.ask('get', `${api}/plain?token=secret`),
      await window.ask('POST', `${api}/missing`, undefined, 'sent'),
      await window.ask('GET', `${api}/plain`, undefined, null, false),
    ],
    api.origin,
  );
  const heard = ['load', 'loadend'];
  expect(answers).toEqual([
    { heard, status: 200, text: 'answer' },
    { heard, status: 404, text: 'answer' },
    { heard, status: 200, text: 'answer' },
  ]);
  const request = {
    event: 'request',
    request_type: 'xhr',
    duration_ms: whole,
    response_bytes: '6',
  };
  expect(await requests(page, collector, 3)).toEqual([
    { ...request, http_method: 'GET', request_url: `${api.origin}/plain`, http_status: '200' },
    { ...request, http_method: 'POST', request_url: `${api.origin}/missing`, http_status: '404' },
    { ...request, http_method: 'GET', request_url: `${api.origin}/plain`, http_status: '200' },
  ]);
});

test('a failed fetch is recorded with the reason', async ({ page, api, collector, open }) => {
  await open(PAGE, { options });
  const names = await page.evaluate(async (api) => {
    const failed = (input: RequestInfo, init?: RequestInit) =>
      fetch(input, init).then(
        () => 'answered',
        (error) => error?.name ?? error,
      );
    const controller = new AbortController();
    const request = new Request(`${api}/silent`, { signal: controller.signal });
    setTimeout(() => controller.abort('reason of its own'));
    return [
      await failed(`${api}/reset`),
      await failed(request),
      await failed(`${api}/silent`, { signal: AbortSignal.abort() }),
      await failed(`${api}/silent`, { signal: AbortSignal.timeout(20) }),
    ];
  }, api.origin);
  expect(names).toEqual(['TypeError', 'reason of its own', 'AbortError', 'TimeoutError']);
  const failed = await requests(page, collector, 4);
  for (const log of failed) expect(log).toMatchObject({ http_status: '0', duration_ms: whole });
  expect(failed.map(({ request_error }) => request_error)).toEqual([
    'network',
    'abort',
    'abort',
    'timeout',
  ]);
});

test('a failed XMLHttpRequest is recorded with the reason', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  const seen = await page.evaluate(async (api) => {
    const abort = (xhr: XMLHttpRequest) => setTimeout(() => xhr.abort());
    const hurry = (xhr: XMLHttpRequest) => {
      xhr.timeout = 20;
    };
    const answers = [
      await window.ask('GET', `${api}/reset`),
      await window.ask('GET', `${api}/silent`, abort),
      await window.ask('GET', `${api}/silent`, hurry),
    ];
    const waited: unknown[] = [];
    const xhr = new XMLHttpRequest();
    xhr.open('GET', `${api}/reset`, false);
    try {
      xhr.send();
    } catch (error) {
      waited.push(error instanceof DOMException, (error as Error).name);
    }
    return [...answers.map(({ heard }) => heard), waited];
  }, api.origin);
  expect(seen).toEqual([
    ['error', 'loadend'],
    ['abort', 'loadend'],
    ['timeout', 'loadend'],
    [true, 'NetworkError'],
  ]);
  const failed = await requests(page, collector, 4);
  expect(failed.map(({ http_status, request_error }) => [http_status, request_error])).toEqual([
    ['0', 'network'],
    ['0', 'abort'],
    ['0', 'timeout'],
    ['0', 'network'],
  ]);
});

test('an XMLHttpRequest that is reused is recorded once for each finished request', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  const errors = await page.evaluate(async (api) => {
    const xhr = new XMLHttpRequest();
    const ended = () => new Promise((end) => xhr.addEventListener('load', end, { once: true }));
    xhr.open('GET', `${api}/silent`);
    xhr.send();
    xhr.open('GET', `${api}/second`);
    const first = ended();
    xhr.send();
    const errors: string[] = [];
    const attempt = () => {
      try {
        xhr.send();
      } catch (error) {
        errors.push((error as Error).name);
      }
    };
    attempt();
    await first;
    attempt();
    xhr.open('PUT', `${api}/third`);
    xhr.send('sent');
    await ended();
    return errors;
  }, api.origin);
  expect(errors).toEqual(['InvalidStateError', 'InvalidStateError']);
  const urls = (await requests(page, collector, 2)).map((log) => [
    log.http_method,
    String(log.request_url).slice(api.origin.length),
  ]);
  expect(urls).toEqual([
    ['GET', '/second'],
    ['PUT', '/third'],
  ]);
});

test('the page sees the same results, errors and requests as without the plug-in', async ({
  page,
  api,
  open,
}) => {
  const observe = (api: string) =>
    (async () => {
      const outcome = (run: () => unknown) => {
        try {
          return Promise.resolve(run()).then(
            () => 'fine',
            (error) => `rejects ${error.name}`,
          );
        } catch (error) {
          return `throws ${(error as Error).name}`;
        }
      };
      const own = window.fetch as unknown as Record<string, unknown>;
      const { prototype } = XMLHttpRequest;
      const reason = { reason: 'own' };
      const controller = new AbortController();
      const aborted = fetch(`${api}/silent`, { signal: controller.signal });
      controller.abort(reason);
      const same = await aborted.catch((error) => error === reason);
      const request = new Request(`${api}/plain`, { method: 'POST', body: 'sent' });
      const answer = await fetch(request);
      const unused = new Request(`${api}/plain`);
      await fetch(unused, { headers: [['x-own', '1']] });
      const init = Object.freeze({ method: 'POST', body: new URLSearchParams({ a: '1' }) });
      await fetch(`${api}/plain`, init);
      return {
        same,
        names: [fetch, prototype.open, prototype.send].map(({ name, length }) => [name, length]),
        texts: [fetch, prototype.open, prototype.send].map((one) => /native code/.test(`${one}`)),
        keys: Reflect.ownKeys(own).length,
        fetches: [
          await outcome(() => (fetch as () => unknown)()),
          await outcome(() => fetch.call({} as never, `${api}/plain`)),
          await outcome(() => fetch('http://')),
          await outcome(() => fetch(`${api}/plain`, { method: 'GET', body: 'no' })),
          await outcome(() => new (fetch as never as new () => unknown)()),
        ],
        requests: [
          await outcome(() => Reflect.apply(prototype.open, {}, ['GET', `${api}/plain`])),
          await outcome(() => prototype.send.call({} as never)),
          await outcome(() => new XMLHttpRequest().send()),
          await outcome(() => new XMLHttpRequest().open('BAD METHOD', `${api}/plain`)),
          await outcome(() => Reflect.apply(prototype.open, new XMLHttpRequest(), [])),
        ],
        bodies: [request.bodyUsed, unused.bodyUsed, unused.headers.has('x-own')],
        body: [answer.bodyUsed, answer.constructor === Response, await answer.text()],
        isPromise: aborted.constructor === Promise,
      };
    })();
  await open(PAGE, { options: {} });
  const without = await page.evaluate(observe, api.origin);
  const sentWithout = api.requests.splice(0);
  await open(PAGE, { options: traced() });
  expect(await page.evaluate(observe, api.origin)).toEqual(without);
  const sent = api.requests.splice(0);
  // Flush first: a batch that is pending when the page is left would be sent again.
  await page.evaluate(() => window.tracker.flush());
  await open(PAGE, { options: traced(api.origin) });
  expect(await page.evaluate(observe, api.origin)).toEqual(without);
  const asIs = (all: Api['requests']) =>
    all
      .filter(({ method, path }) => method !== 'OPTIONS' && path !== '/silent')
      .map(({ headers: { referer: _, traceparent: __, ...headers }, ...request }) => ({
        ...request,
        headers,
      }));
  expect(asIs(sent)).toEqual(asIs(sentWithout));
  expect(asIs(api.requests)).toEqual(asIs(sentWithout));
  expect(without.body).toEqual([false, true, 'answer']);
});

test('only rejections that the page does not handle are reported as unhandled', async ({
  page,
  api,
  open,
}) => {
  await open(PAGE, { options });
  const unhandled = await page.evaluate(async (api) => {
    await fetch(`${api}/reset`).catch(() => {});
    await fetch(`${api}/reset`).then(null, () => {});
    try {
      await fetch(`${api}/reset`);
    } catch {}
    void fetch(`${api}/silent`, { signal: AbortSignal.abort('not handled') });
    void window.ask('GET', `${api}/reset`);
    // Rejections are reported in order, so this one comes last.
    void Promise.reject('last');
    await new Promise<void>((end) => {
      addEventListener('unhandledrejection', ({ reason }) => {
        if (reason === 'last') setTimeout(end);
      });
    });
    return window.unhandled;
  }, api.origin);
  expect([...unhandled].sort()).toEqual(['last', 'not handled']);
});

test('requests of the trackers themselves are not recorded', async ({
  page,
  api,
  collector,
  open,
}) => {
  // The host differs in case from the URL in the browser, and the second tracker has another logstore.
  const host = collector.url.replace('127.0.0.1', 'LOCALHOST');
  await open(PAGE, { options: { ...options, host, flushInterval: 0 } });
  await page.evaluate(
    async ({ api, host }) => {
      const second = window.makeTracker({ host, logstore: 'other', capture: { network: {} } });
      for (let n = 0; n < 3; n++) {
        window.tracker.track({ event: 'step', n });
        second.track({ event: 'step', n });
        await Promise.all([window.tracker.flush(), second.flush()]);
      }
      await fetch(`${api}/plain`);
      await second.flush();
    },
    { api: api.origin, host: collector.url },
  );
  // Each tracker records the request of the page once.
  const request_url = `${api.origin}/plain`;
  expect(await requests(page, collector, 2)).toMatchObject([{ request_url }, { request_url }]);
});

test('requests that match ignore are neither recorded nor traced', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE);
  await page.evaluate(
    async ({ host, api }) => {
      const ignore = [`${api}/private`, 'health', /\/v\d+\/ping$/g];
      window.tracker = window.webtrack.createTracker({
        host,
        logstore: 'web',
        capture: [window.webtrack.network({ ignore, traceparent: [api] })],
      });
      for (const path of ['private/1', 'a/health', 'v1/ping', 'v2/ping', 'v2/ping/more']) {
        await fetch(`${api}/${path}`);
        await window.ask('GET', `${api}/${path}`);
      }
    },
    { host: collector.url, api: api.origin },
  );
  const request_url = `${api.origin}/v2/ping/more`;
  expect(await requests(page, collector, 2)).toMatchObject([{ request_url }, { request_url }]);
  const ofTraced = api.requests.filter(({ headers }) => headers.traceparent);
  expect(ofTraced.map(({ path }) => path)).toEqual(['/v2/ping/more', '/v2/ping/more']);
});

test('sampleRate: 0 records no requests', async ({ page, api, collector, open }) => {
  await open(PAGE, { options: { capture: { network: { sampleRate: 0, traceparent: [] } } } });
  await page.evaluate(async (api) => {
    await fetch(`${api}/plain`);
    await window.ask('GET', `${api}/plain`);
    window.tracker.track({ event: 'step' });
  }, api.origin);
  await eventually(async () => (await recorded(page, collector)).map(({ event }) => event)).toEqual(
    ['step'],
  );
});

test('no request gets a traceparent header by default', async ({ page, api, collector, open }) => {
  const headers: Record<string, string>[] = [];
  page.on('request', (request) => headers.push(request.headers()));
  await open(PAGE, { options });
  await page.evaluate(async (api) => {
    for (const address of ['/next.html', `${api}/plain`]) {
      await fetch(address);
      await window.ask('GET', address);
    }
  }, api.origin);
  for (const log of await requests(page, collector, 4)) expect(log).not.toHaveProperty('trace_id');
  expect(headers.filter((one) => one.traceparent)).toEqual([]);
  expect(api.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
});

test('an empty traceparent list traces only requests to the origin of the page', async ({
  page,
  pages,
  api,
  collector,
  open,
}) => {
  const sent: string[] = [];
  page.on('request', (request) => {
    const { traceparent } = request.headers();
    if (traceparent) sent.push(traceparent);
  });
  await open(PAGE, { options: traced() });
  await page.evaluate(async (api) => {
    for (const address of ['/next.html', `${api}/plain`]) {
      await fetch(address);
      await window.ask('GET', address);
    }
  }, api.origin);
  const all = await requests(page, collector, 4);
  expect(sent).toHaveLength(2);
  for (const one of sent) expect(one).toMatch(TRACEPARENT);
  expect(new Set(sent).size).toBe(2);
  expect(all.map(({ trace_id }) => trace_id)).toEqual([
    sent[0]?.slice(3, 35),
    sent[1]?.slice(3, 35),
    undefined,
    undefined,
  ]);
  expect(all[0]).toMatchObject({ request_url: `${pages.origin}/next.html` });
  // No OPTIONS request: the cross-origin requests had no extra header.
  expect(api.requests.map(({ method, headers }) => [method, headers.traceparent])).toEqual([
    ['GET', undefined],
    ['GET', undefined],
  ]);
});

test('requests to a listed origin get a traceparent header and keep everything else', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options: traced(api.origin) });
  await page.evaluate(async (api) => {
    const init = {
      method: 'PUT',
      headers: { 'x-own': '1' },
      referrerPolicy: 'no-referrer',
    } as const;
    await fetch(`${api}/fetched`, { ...init, body: new Blob(['blob'], { type: 'text/own' }) });
    await fetch(new Request(`${api}/request`, { ...init, body: 'text' }));
    await fetch(new Request(`${api}/request`, init), { method: 'DELETE' });
    const body = new FormData();
    body.set('name', 'value');
    await fetch(`${api}/form`, { method: 'POST', body });
    await fetch(`${api}/init`, new Request('/', { ...init, method: 'DELETE' }));
    await window.ask('PUT', `${api}/xhr`, (xhr) => xhr.setRequestHeader('x-own', '1'), 'text');
    await fetch(`${api}/inherited`, Object.create({ method: 'PUT', headers: { 'x-own': '1' } }));
  }, api.origin);
  const all = await requests(page, collector, 7);
  const sent = api.requests.filter(({ method }) => method !== 'OPTIONS');
  for (const { headers } of sent) expect(headers.traceparent).toMatch(TRACEPARENT);
  expect(all.map(({ trace_id }) => trace_id)).toEqual(
    sent.map(({ headers }) => String(headers.traceparent).slice(3, 35)),
  );
  expect(all.map(({ http_method }) => http_method)).toEqual(sent.map(({ method }) => method));
  expect(
    sent.map(({ method, path, headers, body }) => [
      method,
      path,
      headers['x-own'],
      headers['content-type']?.split(';')[0],
      body.length < 10 ? body : body.includes('value'),
    ]),
  ).toEqual([
    ['PUT', '/fetched', '1', 'text/own', 'blob'],
    ['PUT', '/request', '1', 'text/plain', 'text'],
    ['DELETE', '/request', '1', undefined, ''],
    ['POST', '/form', undefined, 'multipart/form-data', true],
    ['DELETE', '/init', '1', undefined, ''],
    ['PUT', '/xhr', '1', 'text/plain', 'text'],
    ['PUT', '/inherited', '1', undefined, ''],
  ]);
  expect(sent.slice(0, 2).map(({ headers }) => headers.referer)).toEqual(Array(2).fill(undefined));
});

test('a traceparent header of the page itself is kept and recorded', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options: traced(api.origin) });
  await page.evaluate(
    async ({ api, traceparent }) => {
      await fetch(`${api}/1`, { headers: { Traceparent: traceparent } });
      await fetch(`${api}/2`, { headers: [['traceparent', traceparent]] });
      await fetch(new Request(`${api}/3`, { headers: { traceparent } }));
      await window.ask('GET', `${api}/4`, (xhr) =>
        xhr.setRequestHeader('TraceParent', traceparent),
      );
    },
    { api: api.origin, traceparent: OTHER_TRACEPARENT },
  );
  for (const log of await requests(page, collector, 4)) expect(log.trace_id).toBe(OTHER_TRACE);
  const sent = api.requests.filter(({ method }) => method !== 'OPTIONS');
  expect(sent.map(({ headers }) => headers.traceparent)).toEqual(Array(4).fill(OTHER_TRACEPARENT));
});

test('the page can stream a response, and a pending request is not recorded', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  const text = await page.evaluate(async (api) => {
    const { body } = await fetch(`${api}/plain`);
    const { value } = (await body?.getReader().read()) ?? {};
    void fetch(`${api}/silent`);
    return new TextDecoder().decode(value);
  }, api.origin);
  expect(text).toBe('answer');
  expect(await requests(page, collector, 1)).toHaveLength(1);
});

test('results and errors of a fetch replaced by the page are passed through', async ({
  page,
  collector,
  open,
}) => {
  await page.addInitScript(() => {
    const { fetch } = window;
    window.fetch = ((input: unknown, init: never) => {
      if (input === '/nonsense') return Promise.resolve('nonsense');
      if (input === '/nothing') return undefined;
      if (input === '/throws') throw new Error('of the page');
      return fetch(input as string, init);
    }) as never;
  });
  await open(PAGE, { options });
  const seen = await page.evaluate(async () => {
    const seen = [await fetch('/nonsense'), fetch('/nothing')] as unknown[];
    try {
      void fetch('/throws');
    } catch (error) {
      seen.push((error as Error).message);
    }
    await fetch('/next.html');
    return seen;
  });
  expect(seen).toEqual(['nonsense', undefined, 'of the page']);
  expect(await requests(page, collector, 1)).toHaveLength(1);
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  api,
  collector,
  open,
}) => {
  await watchTraces(page);
  await open(PAGE, { options: {} });
  const capture = { network: { traceparent: [] } };
  await expectUndone(page, collector.url, capture, () =>
    page.evaluate(async (api) => {
      await fetch(`${api}/plain`);
      const xhr = new XMLHttpRequest();
      xhr.open('GET', `${api}/silent`);
      xhr.send();
      void fetch(`${api}/silent`);
    }, api.origin),
  );
});

test('a fetch that the page has patched later stays in place after shutdown()', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  const seen = await page.evaluate(async (api) => {
    const { fetch: before } = window;
    const patched = (...given: Parameters<typeof fetch>) => before(...given);
    window.fetch = patched;
    await fetch(`${api}/first`);
    await window.tracker.shutdown();
    const answer = await fetch(`${api}/second`);
    return [window.fetch === patched, await answer.text(), { ...window.tracker.counts }] as const;
  }, api.origin);
  expect(seen).toMatchObject([true, 'answer', { tracked: 1, sent: 1, dropped: 0 }]);
  expect((await collector.logs()).map(({ request_url }) => request_url)).toEqual([
    `${api.origin}/first`,
  ]);
});
