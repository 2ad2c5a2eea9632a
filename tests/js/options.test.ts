import { expect, test } from 'vitest';
import { resolveOptions } from '../../js/src/options.ts';
import type { TrackerOptions } from '../../js/src/types.ts';

const good = { host: 'cn-hangzhou.log.aliyuncs.com', project: 'shop', logstore: 'web' };

test.each([
  ['cn-hangzhou.log.aliyuncs.com', 'https://shop.cn-hangzhou.log.aliyuncs.com/logstores/web/track'],
  [
    'cn-hangzhou.log.aliyuncs.com/',
    'https://shop.cn-hangzhou.log.aliyuncs.com/logstores/web/track',
  ],
  ['https://log.example.com', 'https://log.example.com/logstores/web/track'],
  ['https://Log.Example.com:443', 'https://log.example.com/logstores/web/track'],
  ['https://log.example.com//', 'https://log.example.com/logstores/web/track'],
  ['http://127.0.0.1:8787', 'http://127.0.0.1:8787/logstores/web/track'],
  ['http://[::1]:8787', 'http://[::1]:8787/logstores/web/track'],
  ['https://example.com/sls', 'https://example.com/sls/logstores/web/track'],
])('host %s', (host, url) => {
  expect(resolveOptions({ ...good, host }).url).toBe(url);
});

test('a custom domain needs no project', () => {
  const options = { host: 'https://log.example.com', logstore: 'web' };
  expect(resolveOptions(options).url).toBe('https://log.example.com/logstores/web/track');
});

test('defaults', () => {
  expect(resolveOptions(good)).toMatchObject({
    topic: '',
    source: '',
    tags: {},
    flushCount: 200,
    flushBytes: 65_536,
    flushInterval: 3_000,
    timeField: 'ts',
  });
});

test('an option of undefined is one that was left out', () => {
  const options = { ...good, topic: undefined, flushCount: undefined } as unknown as TrackerOptions;
  expect(resolveOptions(options)).toEqual(resolveOptions(good));
});

test.each<[object, string]>([
  [{ host: undefined }, 'webtrack: option "host" is missing: an endpoint such as'],
  [{ project: undefined }, 'webtrack: option "project" is missing: the name of an SLS project'],
  [{ logstore: undefined }, 'webtrack: option "logstore" is missing'],
  [{ host: '' }, 'webtrack: option "host" must be an endpoint such as'],
  [{ host: 'ftp://example.com' }, 'not "ftp://example.com"'],
  [{ host: 'a b' }, 'webtrack: option "host" must be'],
  [{ host: 'https://' }, 'webtrack: option "host" must be'],
  [{ host: 'https://example.com?x' }, 'webtrack: option "host" must be'],
  [{ host: 'https://[bad' }, 'webtrack: option "host" must be'],
  [{ host: 'log.example.com:70000' }, 'webtrack: option "host" must be'],
  [{ host: 'https://user:password@example.com' }, 'webtrack: option "host" must be'],
  [{ host: 7 }, 'not 7'],
  [{ project: 'a@b' }, 'webtrack: option "project" must be the name of an SLS project'],
  [{ tags: { a: 'x'.repeat(16_384) } }, 'of at most 16384 bytes without'],
  [
    { project: '' },
    'webtrack: option "project" must be the name of an SLS project (letters, digits and hyphens), not ""',
  ],
  [{ logstore: 'a/b' }, 'webtrack: option "logstore" must be the name of an SLS logstore'],
  [{ topic: 'x'.repeat(129) }, `must be text of at most 128 bytes, not "${'x'.repeat(40)}"`],
  [{ source: '日'.repeat(43) }, 'webtrack: option "source" must be text of at most 128 bytes'],
  [{ tags: { a: 1 } }, 'all texts; "a" is none'],
  [
    { tags: { batch_id: 'x' } },
    'webtrack: option "tags" must be an object of at most 16384 bytes without "batch_id"',
  ],
  [{ tags: 'a' }, 'webtrack: option "tags" must be'],
  [{ tags: null }, 'webtrack: option "tags" must be'],
  [{ flushCount: 0 }, 'webtrack: option "flushCount" must be a whole number from 1 to 4096, not 0'],
  [{ flushCount: '10' }, 'not "10"'],
  [{ flushBytes: 2_800_001 }, 'webtrack: option "flushBytes" must be a whole number of bytes'],
  [
    { flushInterval: -1 },
    'webtrack: option "flushInterval" must be a whole number of milliseconds',
  ],
  [{ flushInterval: Number.NaN }, 'not NaN'],
  [{ flushInterval: Number.POSITIVE_INFINITY }, 'not Infinity'],
  [
    { timeField: '' },
    'webtrack: option "timeField" must be the name of a field of your own, or false',
  ],
  [{ timeField: '__time__' }, 'webtrack: option "timeField" must be'],
  [{ coreUrl: {} }, 'webtrack: option "coreUrl" must be an address'],
  [{ coreUrl: '' }, 'webtrack: option "coreUrl" must be an address, not ""'],
  [
    { host: `${good.project}.${good.host}` },
    'webtrack: option "host" must not begin with the project',
  ],
  [{ onDrop: 'log' }, 'webtrack: option "onDrop" must be a function, not "log"'],
  [{ flushIntervall: 5 }, 'webtrack: there is no option "flushIntervall"'],
  [{ toString: 5 }, 'webtrack: there is no option "toString"'],
])('%o is refused', (wrong, message) => {
  const attempt = () => resolveOptions({ ...good, ...wrong } as TrackerOptions);
  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(message);
});

test('what an object of options inherits is no option', () => {
  expect(() => resolveOptions(Object.create({ ...good, host: 5 }))).toThrow(
    'webtrack: option "host" is missing',
  );
});

test('a field of any name may take the time', () => {
  expect(resolveOptions({ ...good, timeField: 'my time' }).timeField).toBe('my time');
});

test.each([undefined, null, 'host', 7])('%o is no object of options', (options) => {
  expect(() => resolveOptions(options as never)).toThrow(
    'webtrack: createTracker needs an object of options',
  );
});
