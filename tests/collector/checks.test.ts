// Tests the checks in demo/collector/README.md. The numbers are those of its table.
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';
import { expectRefusal, withCollector } from './refusals.ts';
import { bodyOf, exchange, lz4Literals, maxBodyBytes, post, postCompressed } from './requests.ts';

const good = bodyOf([{ key: 'value' }]);

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector.stop());

const expectRefused = (response: Response, status: number, code: string, message?: string) =>
  expectRefusal(collector, response, status, code, message);

test('1: refuses methods other than POST, GET and OPTIONS', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const response = await fetch(collector.trackUrl, { method, body: good });
    await expectRefused(
      response,
      405,
      'InvalidMethod',
      'Invalid request method : /logstores/web/track',
    );
  }
  const head = await fetch(collector.trackUrl, { method: 'HEAD' });
  expect([head.status, head.headers.get('x-log-requestid')?.length]).toEqual([405, 24]);
  await expectRefused(await post(`${collector.trackUrl}.gif`, good), 405, 'InvalidMethod');
  expect(
    await exchange(
      collector.url,
      'TRACE /logstores/web/track HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ),
  ).toContain('InvalidMethod');
});

test('3: reads the project from the first label of the host', async () => {
  const ask = async (host: string) => {
    const answer = await exchange(
      collector.url,
      `POST /logstores/web/track HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${good.length}\r\n\r\n${good}`,
    );
    return answer.slice(9, 12) + (answer.includes('ProjectNotExist') ? ' ProjectNotExist' : '');
  };
  for (const host of [
    'demo.localhost:8787',
    'demo.cn-hangzhou.log.aliyuncs.com',
    'localhost',
    '127.0.0.1:1',
    '[::1]:80',
    'DEMO.localhost',
  ]) {
    expect([host, await ask(host)]).toEqual([host, '200']);
  }
  for (const host of [
    'other.localhost:8787',
    'demo2.cn-hangzhou.log.aliyuncs.com',
    'www.demo.com',
  ]) {
    expect([host, await ask(host)]).toEqual([host, '404 ProjectNotExist']);
  }
});

test('4: refuses an unknown logstore', async () => {
  for (const logstore of ['other', 'WEB', 'web%00', '%ff']) {
    await expectRefused(
      await post(`${collector.url}/logstores/${logstore}/track`, good),
      404,
      'LogStoreNotExist',
      'Logstore does not exist.',
    );
  }
  await withCollector(['--logstore', 'one', '--logstore', 'two'], async (several) => {
    expect(several.logstores).toEqual(['one', 'two']);
    for (const [logstore, status] of [
      ['one', 200],
      ['two', 200],
      ['web', 404],
    ]) {
      const url = `${several.url}/logstores/${logstore}/track`;
      expect((await post(url, good)).status).toBe(status);
    }
    expect(await several.logs({ logstore: 'two' })).toHaveLength(1);
  });
});

test('5: refuses requests when web tracking is off', () =>
  withCollector(['--tracking-off'], async (off) => {
    await expectRefusal(off, await post(off.trackUrl, good), 401, 'Unauthorized');
    await expectRefusal(off, await fetch(`${off.trackUrl}?a=b`), 401, 'Unauthorized');
    expect((await fetch(off.trackUrl, { method: 'OPTIONS' })).status).toBe(200);
  }));

test('7: refuses requests beyond the write quota', () =>
  withCollector(['--write-quota', '3'], async (limited) => {
    expect((await post(`${limited.url}/logstores/other/track`, good)).status).toBe(404);
    expect((await fetch(limited.trackUrl, { method: 'OPTIONS' })).status).toBe(200);
    for (let i = 0; i < 3; i++) expect((await post(limited.trackUrl, good)).status).toBe(200);
    for (let i = 0; i < 2; i++) {
      const answer = await post(limited.trackUrl, good);
      await expectRefusal(limited, answer, 403, 'WriteQuotaExceed', 'Write quota is exceeded.');
    }
  }));

test('8: checks the API version only with --strict', async () => {
  for (const version of [undefined, '0.5.0', '0.6.0']) {
    const headers = version ? { 'x-log-apiversion': version } : undefined;
    expect((await post(collector.trackUrl, good, headers)).status).toBe(200);
  }
  await withCollector(['--strict'], async (strict) => {
    const { trackUrl } = strict;
    const version = (value: string) => ({ 'x-log-apiversion': value });
    expect((await post(trackUrl, good, version('0.6.0'))).status).toBe(200);
    expect((await post(`${trackUrl}?APIVersion=0.6.0`, good)).status).toBe(200);
    expect((await fetch(`${trackUrl}?APIVersion=0.6.0&a=b`)).status).toBe(200);
    const answers = [post(trackUrl, good), fetch(`${trackUrl}?a=b`)];
    for (const answer of answers) await (await answer).arrayBuffer();
    await expectRefusal(strict, await post(trackUrl, good), 400, 'MissingAPIVersion');
    await expectRefusal(strict, await fetch(trackUrl), 400, 'MissingAPIVersion');
    await expectRefusal(
      strict,
      await post(trackUrl, good, version('0.5.0')),
      400,
      'InvalidAPIVersion',
    );
    await expectRefusal(
      strict,
      await post(`${trackUrl}?APIVersion=1`, good),
      400,
      'InvalidAPIVersion',
    );
  });
});

describe('9: the size of the body as received', () => {
  const large = Buffer.alloc(maxBodyBytes + 1, ' ');
  const tooLarge = `Body size ${maxBodyBytes + 1} must little than 10485760.`;

  test('accepts the largest body', async () => {
    const response = await post(collector.trackUrl, good.padEnd(maxBodyBytes, ' '));
    expect(response.status).toBe(200);
    const [row] = await collector.batches({ limit: 1 });
    expect([row?.wire_bytes, row?.raw_bytes]).toEqual([maxBodyBytes, maxBodyBytes]);
  });

  test('refuses one byte more', async () => {
    await expectRefused(await post(collector.trackUrl, large), 400, 'PostBodyTooLarge', tooLarge);
    const [row] = await collector.batches({ limit: 1 });
    expect([row?.wire_bytes, row?.raw_bytes]).toEqual([maxBodyBytes + 1, 0]);
  });

  test('also limits chunked bodies, and keeps the connection open', async () => {
    const request = { method: 'POST', body: new Blob([large]).stream(), duplex: 'half' };
    const response = await fetch(collector.trackUrl, request as RequestInit);
    await expectRefused(response, 400, 'PostBodyTooLarge', tooLarge);

    const head = 'POST /logstores/web/track HTTP/1.1\r\nHost: x\r\n';
    const answers = await exchange(
      collector.url,
      `${head}Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n`,
      large,
      `\r\n0\r\n\r\n${head}Connection: close\r\nContent-Length: ${good.length}\r\n\r\n${good}`,
    );
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
  });

  test('answers 413 with --large-status 413', () =>
    withCollector(['--large-status', '413'], async (other) => {
      await expectRefusal(
        other,
        await post(other.trackUrl, large),
        413,
        'PostBodyTooLarge',
        tooLarge,
      );
      const answer = await postCompressed(other.trackUrl, 'lz4', good, '10485761');
      await expectRefusal(other, answer, 413, 'PostBodyTooLarge');
    }));

  test('does not read a body of more than 64 MiB', async () => {
    const start = Date.now();
    for (const length of ['99999999999', '999999999999999999']) {
      const answer = await exchange(
        collector.url,
        `POST /logstores/web/track HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`,
      );
      expect(answer).toContain('HTTP/1.1 400');
      expect(answer).toContain('Connection: close');
      expect(answer).toContain(`Body size ${length} must little than 10485760.`);
    }
    expect(Date.now() - start).toBeLessThan(8000);
  });
});

test('10: refuses an unknown compression', async () => {
  for (const type of ['gzip', 'LZ4', 'zstd', 'none', 'lz4,deflate', '{}']) {
    await expectRefused(
      await post(collector.trackUrl, good, {
        'x-log-compresstype': type,
        'x-log-bodyrawsize': '1',
      }),
      400,
      'InvalidCompressType',
      `Http extend x-log-compresstype : ${type} pair is invalid.`,
    );
  }
});

describe('11: the declared size', () => {
  for (const type of ['lz4', 'deflate'] as const) {
    test(`is required, ${type}`, async () => {
      const response = await post(collector.trackUrl, lz4Literals(Buffer.from(good)), {
        'x-log-compresstype': type,
      });
      await expectRefused(
        response,
        400,
        'MissingBodyRawSize',
        'x-log-bodyrawsize does not exist in header when it is necessary.',
      );
    });

    test(`must be a decimal number, ${type}`, async () => {
      for (const size of ['-1', '+5', '0x10', '1e3', '12.0', 'abc', '1 2', '12,12']) {
        const response = await postCompressed(collector.trackUrl, type, good, size);
        await expectRefused(response, 400, 'InvalidBodyRawSize');
      }
    });

    test(`must be within the limit, ${type}`, async () => {
      for (const size of ['10485761', '4294967296', '18446744073709551616', '9'.repeat(300)]) {
        const response = await postCompressed(collector.trackUrl, type, good, size);
        await expectRefused(
          response,
          400,
          'PostBodyTooLarge',
          `Body size ${size} must little than 10485760.`,
        );
      }
    });

    test(`must match the body, ${type}`, async () => {
      const length = good.length;
      for (const size of [0, 1, length - 1, length + 1, length - 20, length + 100, maxBodyBytes]) {
        const response = await postCompressed(collector.trackUrl, type, good, String(size));
        await expectRefused(
          response,
          400,
          'PostBodyUncompressError',
          'Post body uncompressed fail.',
        );
      }
    });
  }
});

test('12: refuses a body that does not decompress', async () => {
  const raw = Buffer.from(good);
  const zlib = deflateSync(raw);
  const bombs = deflateSync(Buffer.alloc(maxBodyBytes * 2));
  const bodies: [string, Uint8Array][] = [
    ['lz4', raw],
    ['lz4', zlib],
    ['lz4', new Uint8Array()],
    ['lz4', lz4Literals(raw).slice(0, -1)],
    ['lz4', Buffer.concat([lz4Literals(raw), Buffer.from('x')])],
    ['lz4', Buffer.concat([Buffer.from('04224d18', 'hex'), lz4Literals(raw)])],
    ['lz4', Buffer.alloc(100, 255)],
    ['deflate', raw],
    ['deflate', lz4Literals(raw)],
    ['deflate', zlib.subarray(2)],
    ['deflate', zlib.subarray(0, -1)],
    ['deflate', Buffer.concat([zlib, Buffer.from('x')])],
    ['deflate', bombs],
  ];
  for (const [type, wire] of bodies) {
    const response = await post(collector.trackUrl, new Uint8Array(wire), {
      'x-log-compresstype': type,
      'x-log-bodyrawsize': String(raw.length),
    });
    await expectRefused(response, 400, 'PostBodyUncompressError');
    const [row] = await collector.batches({ limit: 1 });
    expect(row).toMatchObject({ compression: type, wire_bytes: wire.length, raw_bytes: 0 });
  }
});

test('14: refuses a body of another shape', async () => {
  const notJson = 'The request body is not valid JSON object.';
  for (const body of [
    '',
    'null',
    '[]',
    '{',
    `${good}x`,
    `${good}\0`,
    '{"__logs__":[{"a":"\xff"}]}',
  ]) {
    await expectRefused(
      await post(collector.trackUrl, Buffer.from(body, 'latin1')),
      400,
      'PostBodyInvalid',
      notJson,
    );
  }
  for (const body of [
    '{}',
    '{"__logs__":{}}',
    '{"__logs__":["a"]}',
    '{"__logs__":[[]]}',
    '{"__logs__":null}',
  ]) {
    await expectRefused(await post(collector.trackUrl, body), 400, 'PostBodyInvalid');
  }
  expect((await post(collector.trackUrl, '{"__logs__":[]}')).status).toBe(200);
});

test('15: refuses values that are not strings', async () => {
  const notString = 'Value in log is not string data type';
  for (const value of [1, 1.5, true, null, {}, [], { a: 'b' }]) {
    const body = bodyOf([{ good: 'good' }, { key: value }]);
    await expectRefused(await post(collector.trackUrl, body), 400, 'PostBodyInvalid', notString);
    const tags = bodyOf([], { __tags__: { key: value } });
    await expectRefused(await post(collector.trackUrl, tags), 400, 'PostBodyInvalid', notString);
    for (const member of ['__topic__', '__source__']) {
      await expectRefused(
        await post(collector.trackUrl, bodyOf([], { [member]: value })),
        400,
        'PostBodyInvalid',
      );
    }
  }
  expect((await post(collector.trackUrl, bodyOf([{ __time__: 1660000000, a: 'b' }]))).status).toBe(
    200,
  );
  const nested = `{"__logs__":[{"a":${'['.repeat(1_000_000)}`;
  await expectRefused(await post(collector.trackUrl, nested), 400, 'PostBodyInvalid', notString);
});

test('16: refuses too many logs', async () => {
  const logs = (count: number) => bodyOf(Array.from({ length: count }, () => ({ many: 'yes' })));
  await expectRefused(await post(collector.trackUrl, logs(4097)), 400, 'PostBodyInvalid');
  expect(await collector.logs({ 'field.many': 'yes' })).toHaveLength(0);
  expect((await post(collector.trackUrl, logs(4096))).status).toBe(200);
  expect(await collector.logs({ 'field.many': 'yes', limit: 10_000 })).toHaveLength(4096);
});

test('answers with the first check that fails', async () => {
  const response = await fetch(`${collector.url}/logstores/other/track`, {
    method: 'POST',
    body: Buffer.alloc(maxBodyBytes + 1),
    headers: { 'x-log-compresstype': 'gzip' },
  });
  await expectRefused(response, 404, 'LogStoreNotExist');
  const compressed = await post(collector.trackUrl, 'x', { 'x-log-compresstype': 'gzip' });
  await expectRefused(compressed, 400, 'InvalidCompressType');
});
