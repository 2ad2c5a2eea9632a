// The track endpoint: what it accepts, answers and stores.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compressBlock, compressBound } from 'lz4js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';
import { bodyOf, exchange, post, postCompressed } from './requests.ts';

const run = promisify(execFile);

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector.stop());

/** Returns the logs of the newest batch, oldest first, without the members that the collector adds. */
async function newest(): Promise<Record<string, unknown>[]> {
  const logs = await collector.logs({ limit: 5000 });
  return logs
    .filter((log) => log.__batch__ === logs[0]?.__batch__)
    .reverse()
    .map(({ __id__, __batch__, __time__, ...log }) => log);
}

async function lastBatch() {
  const [batch] = await collector.batches({ limit: 1 });
  return batch;
}

describe('answers', () => {
  test('a 200 response is empty and has the headers of the service', async () => {
    const before = Date.now();
    const response = await post(collector.trackUrl, bodyOf([{ key: 'value' }]));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(response.headers.get('content-length')).toBe('0');
    expect(response.headers.get('server')).toBe('nginx');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('x-log-requestid')).toMatch(/^[0-9A-F]{24}$/);
    expect(Math.abs(Date.parse(response.headers.get('date') ?? '') - before)).toBeLessThan(5000);
    expect(response.headers.has('set-cookie')).toBe(false);
  });

  test('each request id is unique and is stored in the database', async () => {
    const ids = new Set<string | null>();
    for (let i = 0; i < 20; i++) {
      const response = await post(collector.trackUrl, bodyOf([]));
      ids.add(response.headers.get('x-log-requestid'));
    }
    expect(ids.size).toBe(20);
    expect(ids.has((await lastBatch())?.request_id ?? '')).toBe(true);
  });

  test('a preflight allows the requested method and headers', async () => {
    for (const form of ['track', 'track.gif', 'track_ua.gif']) {
      const response = await fetch(`${collector.url}/logstores/any/${form}?APIVersion=0.6.0`, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://shop.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-log-apiversion,x-log-bodyrawsize,x-log-compresstype',
        },
      });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('');
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-methods')).toBe('POST');
      expect(response.headers.get('access-control-allow-headers')).toBe(
        'x-log-apiversion,x-log-bodyrawsize,x-log-compresstype',
      );
      expect(response.headers.get('access-control-max-age')).toBe('86400');
      expect(response.headers.get('server')).toBe('nginx');
      expect(response.headers.get('x-log-requestid')).toMatch(/^[0-9A-F]{24}$/);
    }
  });

  test('requests share a connection', async () => {
    const { stdout } = await run('curl', [
      ...['--silent', '--write-out', '%{num_connects} ', '--data', bodyOf([{ a: 'b' }])],
      ...[collector.trackUrl, collector.trackUrl, `${collector.trackUrl}/missing`],
      ...[collector.trackUrl],
    ]);
    expect(stdout.match(/\d(?= )/g)).toEqual(['1', '0', '0', '0']);
  });

  test('pipelined requests are answered in order', async () => {
    const body = bodyOf([{ pipelined: 'yes' }]);
    const request = (close: string) =>
      `POST /logstores/web/track HTTP/1.1\r\nHost: x\r\n${close}Content-Length: ${body.length}\r\n\r\n${body}`;
    const answers = await exchange(
      collector.url,
      request('') + request('') + request('Connection: close\r\n'),
    );
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(await collector.logs({ 'field.pipelined': 'yes' })).toHaveLength(3);
  });
});

/** Headers that change nothing about an uncompressed body. */
const IGNORED = [
  { 'content-type': 'text/plain;charset=UTF-8' },
  { 'content-type': 'application/x-protobuf' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': 'multipart/form-data' },
  { 'content-encoding': 'gzip' },
  { 'x-log-bodyrawsize': '1234' },
  { 'x-log-bodyrawsize': 'nonsense' },
  { range: 'bytes=0-1' },
];

describe('bodies', () => {
  for (const compression of ['none', 'lz4', 'deflate'] as const) {
    test(`with compression ${compression}`, async () => {
      const body = bodyOf([{ '': '\0 😀 "\\' }, { a: 'x'.repeat(1000) }]);
      const response =
        compression === 'none'
          ? await post(collector.trackUrl, body)
          : await postCompressed(collector.trackUrl, compression, body);
      expect(response.status).toBe(200);
      const meta = { __topic__: '', __source__: '' };
      expect(await newest()).toEqual([
        { ...meta, '': '\0 😀 "\\' },
        { ...meta, a: 'x'.repeat(1000) },
      ]);
      const bytes = new TextEncoder().encode(body).length;
      expect(await lastBatch()).toMatchObject({ compression, raw_bytes: bytes, logs: 2 });
    });
  }

  test('an LZ4 block with matches, made by lz4js', async () => {
    const logs = Array.from({ length: 50 }, (_, i) => ({ event: 'page_view', n: String(i) }));
    const raw = new TextEncoder().encode(bodyOf(logs));
    const wire = new Uint8Array(compressBound(raw.length));
    const size = compressBlock(raw, wire, 0, raw.length, new Uint32Array(1 << 16));
    expect(size).toBeGreaterThan(0);
    const response = await post(collector.trackUrl, wire.slice(0, size), {
      'x-log-compresstype': 'lz4',
      'x-log-bodyrawsize': String(raw.length),
    });
    expect(response.status).toBe(200);
    expect((await newest()).map(({ n }) => n)).toEqual(logs.map(({ n }) => n));
    expect(await lastBatch()).toMatchObject({ wire_bytes: size, raw_bytes: raw.length });
  });

  test('ignores content types and declared sizes of uncompressed bodies', async () => {
    for (const headers of IGNORED) {
      const response = await post(collector.trackUrl, bodyOf([{ a: 'b' }]), headers as never);
      expect([headers, response.status]).toEqual([headers, 200]);
    }
  });

  test('a chunked body', async () => {
    const body = bodyOf([{ sent: 'in pieces' }]);
    const stream = new ReadableStream({
      start(controller) {
        for (const char of body) controller.enqueue(new TextEncoder().encode(char));
        controller.close();
      },
    });
    const response = await fetch(collector.trackUrl, {
      method: 'POST',
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(200);
    expect(await newest()).toMatchObject([{ sent: 'in pieces' }]);
  });

  test('renames keys that are already in use', async () => {
    const log = { __topic__: 'inner', '__tag__:t': 'inner', __time__: '1', __id__: 'inner' };
    await post(collector.trackUrl, bodyOf([log], { __topic__: 'outer', __tags__: { t: 'outer' } }));
    const [stored] = await collector.logs({ limit: 1 });
    expect(stored).toMatchObject({
      __topic__: 'outer',
      __topic__0: 'inner',
      '__tag__:t': 'outer',
      '__tag__:t0': 'inner',
      __id__0: 'inner',
    });
    expect(Math.abs(Number(stored?.__time__) - Date.now() / 1000)).toBeLessThan(5);
  });

  test('refuses a log group that would grow too much when stored', async () => {
    const logs = Array.from({ length: 4096 }, () => ({}));
    const response = await post(
      collector.trackUrl,
      bodyOf(logs, { __tags__: { t: 'x'.repeat(100_000) } }),
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errorCode: 'PostBodyTooLarge' });
  });
});

describe('GET', () => {
  test('stores a log from the query', async () => {
    const response = await fetch(
      `${collector.trackUrl}?APIVersion=0.6.0&__topic__=t&key-1=a%20b+c&url=/x?y=z&%E9%94%AE=%F0%9F%98%80&n=1&n=2&flag`,
    );
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await newest()).toEqual([
      {
        __topic__: 't',
        __source__: '127.0.0.1',
        'key-1': 'a b c',
        url: '/x?y=z',
        键: '😀',
        n: '2',
        flag: '',
      },
    ]);
    expect(await lastBatch()).toMatchObject({ method: 'GET', compression: 'none', logs: 1 });
  });

  test('answers a GIF for <img>', async () => {
    for (const form of ['track.gif', 'track_ua.gif']) {
      const response = await fetch(`${collector.url}/logstores/web/${form}?a=b`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('image/gif');
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(new TextDecoder('latin1').decode(bytes.slice(0, 10))).toBe('GIF89a\x01\0\x01\0');
      expect([bytes.length, bytes.at(-1)]).toEqual([43, 0x3b]);
    }
  });

  test('track_ua.gif stores the headers unchanged', async () => {
    await fetch(`${collector.url}/logstores/web/track_ua.gif?a=b`, {
      headers: { 'user-agent': 'Mozilla/5.0 (X; 100%)', referer: 'https://x.example/a%20b?c=%41' },
    });
    expect(await newest()).toEqual([
      {
        __topic__: '',
        __source__: '127.0.0.1',
        a: 'b',
        __userAgent__: 'Mozilla/5.0 (X; 100%)',
        __referer__: 'https://x.example/a%20b?c=%41',
      },
    ]);
  });

  test('stores U+FFFD for invalid UTF-8', async () => {
    await fetch(`${collector.trackUrl}?a=x%FFy`);
    expect(await newest()).toMatchObject([{ a: 'x\uFFFDy' }]);
  });

  test('accepts path and query of less than 16,384 bytes', async () => {
    const path = '/logstores/web/track?a=';
    const ask = (bytes: number) =>
      fetch(collector.url + path + 'x'.repeat(bytes - path.length)).then((answer) => answer.status);
    expect(await ask(9_000)).toBe(200);
    expect(await ask(16_383)).toBe(200);
    expect(await ask(16_384)).toBe(400);
    expect((await lastBatch())?.error_code).toBe('PostBodyTooLarge');
  });
});

describe('repeated batches', () => {
  const send = (id: string, url = collector.trackUrl) =>
    post(url, bodyOf([{ repeated: id }], { __tags__: { batch_id: id } }));

  test('are acknowledged and stored once', async () => {
    for (let i = 0; i < 3; i++) expect((await send('once')).status).toBe(200);
    expect(await collector.logs({ 'field.repeated': 'once' })).toHaveLength(1);
    const batches = await collector.batches({ batch_id: 'once' });
    expect(batches.map(({ repeated, logs }) => [repeated, logs])).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
    ]);
  });

  test('are stored once when they arrive at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => send('together')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await collector.logs({ 'field.repeated': 'together' })).toHaveLength(1);
  });

  test('are stored when the earlier request was refused', async () => {
    const bad = bodyOf([{ repeated: 1 }], { __tags__: { batch_id: 'again' } });
    expect((await post(collector.trackUrl, bad)).status).toBe(400);
    expect((await send('again')).status).toBe(200);
    expect(await collector.logs({ 'field.repeated': 'again' })).toHaveLength(1);
  });
});

test('stores 200 requests that arrive at the same time', async () => {
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      post(collector.trackUrl, bodyOf([{ parallel: 'yes', n: String(i) }])),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(200);
  const logs = await collector.logs({ 'field.parallel': 'yes', limit: 1000 });
  expect(new Set(logs.map(({ n }) => n)).size).toBe(200);
});
