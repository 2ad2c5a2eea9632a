// The query API: filters, paging, parameters and access.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, type Query, startCollector } from './collector_process.ts';
import { bodyOf, exchange, post, postCompressed } from './requests.ts';

const odd = '\0\'"\\%_\n$.[0]&=+ 😀';

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector({ args: ['--logstore', 'web', '--logstore', 'app'] });
  const web = collector.trackUrl;
  await post(
    web,
    bodyOf(
      [
        { event: 'view', n: '1' },
        { event: 'view', n: '2' },
      ],
      { __topic__: 't' },
    ),
  );
  await postCompressed(
    web,
    'lz4',
    bodyOf([{ event: 'click', n: '3' }], { __tags__: { batch_id: odd } }),
  );
  await post(web, 'nonsense');
  await postCompressed(web, 'deflate', bodyOf([{ n: '4', [odd]: odd }]));
  await post(`${collector.url}/logstores/app/track`, bodyOf([{ event: odd, n: '5' }]));
});
afterAll(() => collector.stop());

const numbers = async (query: Query) => (await collector.logs(query)).map(({ n }) => n).join('');
const ids = async (query: Query) => (await collector.batches(query)).map(({ id }) => id).join('');

test('returns logs in pages, newest first', async () => {
  expect(await numbers({})).toBe('54321');
  expect(await numbers({ limit: 2 })).toBe('54');
  expect(await numbers({ limit: 2, before: 4 })).toBe('32');
  expect(await numbers({ limit: 2, after: 1 })).toBe('23');
  expect(await numbers({ after: 0, before: 3 })).toBe('12');
  expect(await numbers({ after: 5 })).toBe('');
});

test('filters logs by logstore, topic, event and any field', async () => {
  expect(await numbers({ logstore: 'app' })).toBe('5');
  expect(await numbers({ logstore: 'missing' })).toBe('');
  expect(await numbers({ topic: 't' })).toBe('21');
  expect(await numbers({ topic: '' })).toBe('543');
  expect(await numbers({ event: 'view' })).toBe('21');
  expect(await numbers({ event: odd })).toBe('5');
  expect(await numbers({ 'field.n': '4' })).toBe('4');
  expect(await numbers({ [`field.${odd}`]: odd })).toBe('4');
  expect(await numbers({ 'field.__tag__:batch_id': odd })).toBe('3');
  expect(await numbers({ 'field.event': 'view', 'field.n': '2' })).toBe('2');
  expect(await numbers({ 'field.n': ['1', '2'] })).toBe('');
  expect(await numbers({ 'field.n': "1' OR '1'='1" })).toBe('');
});

test('filters batches by outcome, compression and id', async () => {
  expect(await ids({})).toBe('54321');
  expect(await ids({ status: 'ok' })).toBe('5421');
  expect(await ids({ status: 'error' })).toBe('3');
  expect(await ids({ status: 400 })).toBe('3');
  expect(await ids({ compression: 'lz4' })).toBe('2');
  expect(await ids({ compression: 'deflate' })).toBe('4');
  expect(await ids({ batch_id: odd })).toBe('2');
  expect(await ids({ logstore: 'app' })).toBe('5');
  expect(await ids({ after: 3, limit: 1 })).toBe('4');
});

test('the summary matches the stored rows', async () => {
  const batches = await collector.batches({ status: 'ok' });
  const sum = (name: 'raw_bytes' | 'wire_bytes') =>
    batches.reduce((total, batch) => total + batch[name], 0);
  expect(await collector.summary()).toMatchObject({
    logs: 5,
    batches: 5,
    repeated: 0,
    errors: 1,
    raw_bytes: sum('raw_bytes'),
    wire_bytes: sum('wire_bytes'),
  });
  expect((await collector.summary()).events.slice(0, 2)).toEqual([
    { event: 'view', count: 2 },
    { event: expect.any(String), count: 1 },
  ]);
});

describe('parameters', () => {
  for (const [query, name] of [
    ['limit=0', 'limit'],
    ['limit=10001', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['after=-1', 'after'],
    ['before=x', 'before'],
    ['after=9223372036854775808', 'after'],
    ['nonsense=1', 'nonsense'],
    ['field=1', 'field'],
    ['%ff=1', '\uFFFD'],
  ] as const) {
    test(`refuses ${query}`, async () => {
      for (const path of ['/api/logs', '/api/batches', '/api/summary']) {
        const response = await fetch(`${collector.url}${path}?${query}`);
        expect(response.status).toBe(400);
        expect(await response.json()).toEqual({ error: expect.stringContaining(`'${name}'`) });
      }
    });
  }

  test('refuses parameters of another route', async () => {
    for (const path of [
      '/api/logs?status=ok',
      '/api/batches?event=a',
      '/api/batches?status=good',
    ]) {
      expect((await fetch(collector.url + path)).status).toBe(400);
    }
  });
});

describe('other origins', () => {
  test('get no CORS header', async () => {
    for (const path of ['/api/logs', '/api/batches', '/api/summary', '/api/missing']) {
      const response = await fetch(collector.url + path, {
        headers: { origin: 'https://x.example' },
      });
      await response.arrayBuffer();
      expect(response.headers.has('access-control-allow-origin')).toBe(false);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('cannot read under a host name of their own', async () => {
    const ask = async (host: string) =>
      (
        await exchange(
          collector.url,
          `GET /api/summary HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        )
      ).slice(9, 12);
    for (const host of ['evil.example', 'localhost.evil.example:80', 'notlocalhost']) {
      expect([host, await ask(host)]).toEqual([host, '403']);
    }
    for (const host of ['localhost:1', 'demo.localhost', '127.0.0.1', '[::1]:80']) {
      expect([host, await ask(host)]).toEqual([host, '200']);
    }
  });

  test('cannot add faults unless --faults is given', async () => {
    expect((await fetch(`${collector.url}/api/faults`)).status).toBe(404);
  });
});

test('refuses other methods and paths', async () => {
  const put = await fetch(`${collector.url}/api/logs`, { method: 'PUT', body: 'x' });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  const head = await fetch(`${collector.url}/api/logs`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  const missing = await fetch(`${collector.url}/nothing`);
  expect([missing.status, await missing.json()]).toEqual([404, { error: 'nothing is here' }]);
});

test('answers 400 to invalid HTTP', async () => {
  for (const bytes of [
    'nonsense\r\n\r\n',
    'GET /\r\n\r\n',
    'FOO / HTTP/1.1\r\n\r\n',
    'POST /logstores/web/track HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    'POST /logstores/web/track HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx',
  ]) {
    const answer = await exchange(collector.url, bytes);
    expect(answer).toContain('HTTP/1.1 400 Bad Request');
    expect(answer).toContain('{"error":"bad request"}');
    expect(answer).toContain('Connection: close');
  }
});

test('does not treat the body of a GET as the next request', async () => {
  const inner = 'GET /api/summary HTTP/1.1\r\nHost: x\r\n\r\n';
  const answer = await exchange(
    collector.url,
    `GET /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    'PUT /api/summary HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 405']);
});
