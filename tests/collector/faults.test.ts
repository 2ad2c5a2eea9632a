// Simulated faults, which other tests depend on.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';
import { bodyOf, post } from './requests.ts';

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector({ args: ['--faults'] });
});
afterAll(() => collector.stop());
afterEach(() => collector.endFaults());

const track = (text = 'x') => post(collector.trackUrl, bodyOf([{ text }]));
const pending = async () =>
  ((await (await fetch(`${collector.url}/api/faults`)).json()) as { faults: unknown[] }).faults;

test('a fault answers the given number of requests and stores nothing', async () => {
  await collector.orderFault({ answer: 'ServerBusy', times: 2, retry_after: '3' });
  expect((await fetch(collector.trackUrl, { method: 'OPTIONS' })).status).toBe(200);
  for (let i = 0; i < 2; i++) {
    const response = await track('busy');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('3');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('x-log-requestid')).toMatch(/^[0-9A-F]{24}$/);
    expect(await response.json()).toEqual({
      errorCode: 'ServerBusy',
      errorMessage: 'The server is busy, please try again later.',
    });
  }
  expect((await track()).status).toBe(200);
  expect(await collector.logs({ 'field.text': 'busy' })).toEqual([]);
  const rows = await collector.batches({ status: 503 });
  expect(rows.map(({ error_code, logs }) => [error_code, logs])).toEqual([
    ['ServerBusy', 0],
    ['ServerBusy', 0],
  ]);
});

test('faults form a queue that can be listed and cleared', async () => {
  await collector.orderFault({ answer: 'WriteQuotaExceed' });
  await collector.orderFault({ answer: 'Unauthorized', times: 3, status: 499, cors: false });
  expect(await pending()).toEqual([
    { answer: 'WriteQuotaExceed', times: 1, cors: true, after_store: false },
    { answer: 'Unauthorized', times: 3, status: 499, cors: false, after_store: false },
  ]);
  expect([(await track()).status, (await track()).status]).toEqual([403, 499]);
  expect(await pending()).toMatchObject([{ times: 2 }]);
  const cleared = await fetch(`${collector.url}/api/faults`, { method: 'DELETE' });
  expect(await cleared.json()).toEqual({ faults: [] });
  expect((await track()).status).toBe(200);
});

test('a fault can omit the CORS headers', async () => {
  await collector.orderFault({ answer: 'InternalServerError', cors: false });
  const response = await track();
  expect(response.status).toBe(500);
  expect(response.headers.has('access-control-allow-origin')).toBe(false);
});

test('a fault can simulate a lost acknowledgement', async () => {
  await collector.orderFault({ answer: 'ServerBusy', after_store: true });
  const body = bodyOf([{ text: 'stored' }], { __tags__: { batch_id: 'lost' } });
  expect((await post(collector.trackUrl, body)).status).toBe(503);
  expect(await collector.logs({ 'field.text': 'stored' })).toHaveLength(1);
  expect((await post(collector.trackUrl, body)).status).toBe(200);
  expect(await collector.logs({ 'field.text': 'stored' })).toHaveLength(1);
  const rows = await collector.batches({ batch_id: 'lost' });
  expect(rows.map(({ status, repeated }) => [status, repeated])).toEqual([
    [200, 1],
    [200, 0],
  ]);
});

test('with after_store, an invalid request gets its own error', async () => {
  await collector.orderFault({ answer: 'ServerBusy', after_store: true });
  const response = await post(collector.trackUrl, 'nonsense');
  expect(await response.json()).toMatchObject({ errorCode: 'PostBodyInvalid' });
  expect(await pending()).toEqual([]);
});

test('a fault can simulate a proxy', async () => {
  for (const after_store of [false, true]) {
    await collector.orderFault({ answer: 'Proxy', status: 504, after_store });
    const response = await track('proxied');
    expect(response.status).toBe(504);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toContain('<h1>');
    expect(response.headers.has('x-log-requestid')).toBe(false);
    expect(response.headers.get('server')).toBe(null);
  }
  expect(await collector.logs({ 'field.text': 'proxied' })).toHaveLength(1);
  await collector.orderFault({ answer: 'Proxy' });
  expect((await track()).status).toBe(502);
});

test('a fault can have any error code of the service', async () => {
  for (const [answer, status] of [
    ['InvalidMethod', 405],
    ['ProjectNotExist', 404],
    ['LogStoreNotExist', 404],
    ['Unauthorized', 401],
    ['WriteQuotaExceed', 403],
    ['ShardWriteQuotaExceed', 403],
    ['ExceedQuota', 403],
    ['ProjectForbidden', 403],
    ['PostBodyTooLarge', 400],
    ['PostBodyUncompressError', 400],
    ['PostBodyInvalid', 400],
    ['InvalidCompressType', 400],
    ['MissingBodyRawSize', 400],
    ['InvalidBodyRawSize', 400],
    ['MissingParameter', 400],
    ['ParameterInvalid', 400],
    ['MissingAPIVersion', 400],
    ['InvalidAPIVersion', 400],
    ['InvalidKey', 400],
    ['InvalidEncoding', 400],
    ['InvalidTimestamp', 400],
    ['InvalidHost', 400],
    ['MissingContentType', 400],
    ['InvalidContentType', 415],
    ['MissingContentLength', 411],
    ['InvalidAccessKeyId', 401],
    ['InternalServerError', 500],
    ['RequestTimeout', 500],
    ['ServerBusy', 503],
  ] as const) {
    await collector.orderFault({ answer });
    const response = await track();
    const body = (await response.json()) as { errorCode: string; errorMessage: string };
    expect([body.errorCode, response.status]).toEqual([answer, status]);
    expect(body.errorMessage).not.toContain('{}');
  }
});

test('a fault reads a large body, so that the client can read the response', async () => {
  await collector.orderFault({ answer: 'ServerBusy', times: 2 });
  for (let i = 0; i < 2; i++) {
    expect((await post(collector.trackUrl, Buffer.alloc(8_000_000, ' '))).status).toBe(503);
  }
  const [row] = await collector.batches({ limit: 1 });
  expect(row).toMatchObject({ wire_bytes: 8_000_000, raw_bytes: 0 });
});

test('refuses invalid faults and other content types', async () => {
  const add = (body: string, type = 'application/json') =>
    post(`${collector.url}/api/faults`, body, { 'content-type': type }).then(
      ({ status }) => status,
    );
  expect(await add('{"answer":"ServerBusy"}', 'text/plain')).toBe(415);
  expect(await add('{"answer":"Nonsense"}')).toBe(400);
  expect(await add('{"answer":"ServerBusy","more":1}')).toBe(400);
  expect(await add('[]')).toBe(400);
  expect(await add(' '.repeat(5000))).toBe(413);
  const put = await fetch(`${collector.url}/api/faults`, { method: 'PUT' });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST, DELETE']);
  expect(await pending()).toEqual([]);
});
