// Which requests get a traceparent header.

import { expect } from '../fixtures.ts';
import {
  OTHER_TRACE,
  OTHER_TRACEPARENT,
  options,
  PAGE,
  requests,
  TRACEPARENT,
  test,
  traced,
} from './network_page.ts';

test.use({
  expectedProblems: /Failed to load resource|Cross-Origin|uncaught exception: (last|not handled)/,
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
