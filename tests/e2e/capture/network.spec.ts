// Requests by fetch and XMLHttpRequest: what is recorded.

import { eventually, expect } from '../fixtures.ts';
import { options, PAGE, requests, test, whole } from './network_page.ts';
import { recorded } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

test.use({
  expectedProblems: /Failed to load resource|Cross-Origin|uncaught exception: (last|not handled)/,
});
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
    { ...request, http_method: 'GET', request_url: `${api.origin}/plain` },
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
  expect(names.slice(0, 3)).toEqual(['TypeError', 'reason of its own', 'AbortError']);
  expect(names[3]).toMatch(/^(Timeout|Abort)Error$/); // WebKit passes on no reason of a timeout
  const failed = await requests(page, collector, 4);
  for (const log of failed) expect(log).toMatchObject({ http_status: '0', duration_ms: whole });
  expect(failed.map(({ request_error }) => request_error)).toEqual([
    'network',
    'abort',
    'abort',
    names[3] === 'TimeoutError' ? 'timeout' : 'abort',
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
