import { afterEach, expect, test, vi } from 'vitest';
import { resolveOptions } from '../../../js/src/recorder/options.ts';
import type { TrackerOptions } from '../../../js/src/types.ts';

const good = { host: 'cn-hangzhou.log.aliyuncs.com', project: 'shop', logstore: 'web' };

afterEach(() => vi.unstubAllGlobals());

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
])('host %s becomes the URL of the logstore', (host, url) => {
  expect(resolveOptions({ ...good, host }).url).toBe(url);
});

test('a custom domain needs no project', () => {
  const options = { host: 'https://log.example.com', logstore: 'web' };
  expect(resolveOptions(options).url).toBe('https://log.example.com/logstores/web/track');
});

test('options that are left out have their defaults', () => {
  expect(resolveOptions(good)).toMatchObject({
    topic: '',
    source: '',
    tags: {},
    flushCount: 200,
    flushBytes: 65_536,
    flushInterval: undefined,
    exit: 'once',
    worker: undefined,
    timeField: 'ts',
    consent: 'granted',
    isRefused: false,
    mask: [],
    sampleRate: 1,
    rateLimit: Number.POSITIVE_INFINITY,
    capture: [],
  });
  expect(resolveOptions(good).urlParams).toContain('utm_source');
});

test('an option that is undefined counts as left out', () => {
  const options = { ...good, topic: undefined, flushCount: undefined } as unknown as TrackerOptions;
  expect(resolveOptions(options)).toEqual(resolveOptions(good));
});

test.each<[object, string | RegExp]>([
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
  [{ host: 'https://1.2.3.999' }, 'webtrack: option "host" must be'],
  [{ host: 'https:///' }, 'webtrack: option "host" must be'],
  [{ project: 'a@b' }, 'webtrack: option "project" must be the name of an SLS project'],
  [{ tags: { a: 'x'.repeat(16_384) } }, 'of at most 16384 bytes without'],
  [
    { project: '' },
    'webtrack: option "project" must be the name of an SLS project (letters, digits and hyphens), not ""',
  ],
  [{ logstore: 'a/b' }, 'webtrack: option "logstore" must be the name of an SLS logstore'],
  [{ topic: 'x'.repeat(129) }, `must be text of at most 128 bytes, not "${'x'.repeat(40)}"`],
  [{ source: '日'.repeat(43) }, 'webtrack: option "source" must be text of at most 128 bytes'],
  [{ tags: { a: 1 } }, 'with text values; "a" is wrong'],
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
  [{ worker: 'http://[' }, 'webtrack: option "worker" must be an address, or false'],
  [{ coreUrl: {} }, 'webtrack: option "coreUrl" must be an address'],
  [{ coreUrl: '' }, 'webtrack: option "coreUrl" must be an address, not ""'],
  [
    { host: `${good.project}.${good.host}` },
    'webtrack: option "host" must not begin with the project',
  ],
  [
    { capture: [{}] },
    'webtrack: option "capture" must be a list of plug-ins, such as autocapture() or [...autocapture(), network()]; "0" is wrong',
  ],
  [{ capture: [{ name: 'mine', start() {} }, [], null] }, '; "1" is wrong'],
  [{ capture: { name: 'mine', start() {} } }, /or \[\.\.\.autocapture\(\), network\(\)\]$/],
  [{ capture: function autocapture() {} }, /, not function autocapture\(\) \{\s*\}$/],
  [{ capture: () => 'a function that was not called, of any length' }, /, not \(\) => .{34}$/],
  [
    { consent: 'yes' },
    'webtrack: option "consent" must be one of "granted", "pending", "denied", not "yes"',
  ],
  [{ consent: true }, 'not true'],
  [{ honorGpc: 1 }, 'webtrack: option "honorGpc" must be true or false, not 1'],
  [{ honorDnt: 'yes' }, 'webtrack: option "honorDnt" must be true or false'],
  [{ ignoreBots: null }, 'webtrack: option "ignoreBots" must be true or false, not null'],
  [{ urlParams: 'q' }, 'webtrack: option "urlParams" must be a list of names, not "q"'],
  [{ urlParams: ['q', /q/] }, 'webtrack: option "urlParams" must be a list of names; "1" is wrong'],
  [{ mask: { email: true } }, /option "mask" must be a list of names$/],
  [{ mask: 'email' }, 'webtrack: option "mask" must be a list of names, not "email"'],
  [{ sampleRate: 1.1 }, 'webtrack: option "sampleRate" must be a number from 0 to 1, not 1.1'],
  [{ sampleRate: -0.1 }, 'not -0.1'],
  [{ sampleRate: '0.5' }, 'not "0.5"'],
  [{ sampleRate: true }, 'not true'],
  [{ sampleRate: Number.NaN }, 'not NaN'],
  [{ rateLimit: 0 }, 'webtrack: option "rateLimit" must be a whole number of events from 1, not 0'],
  [{ rateLimit: 1.5 }, 'not 1.5'],
  [{ beforeSend: {} }, 'webtrack: option "beforeSend" must be a function'],
  [{ onDrop: 'log' }, 'webtrack: option "onDrop" must be a function, not "log"'],
  [{ flushIntervall: 5 }, 'webtrack: there is no option "flushIntervall"'],
  [{ toString: 5 }, 'webtrack: there is no option "toString"'],
])('%o throws a TypeError with a message', (wrong, message) => {
  const attempt = () => resolveOptions({ ...good, ...wrong } as TrackerOptions);
  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(message);
});

test('inherited options are ignored', () => {
  expect(() => resolveOptions(Object.create({ ...good, host: 5 }))).toThrow(
    'webtrack: option "host" is missing',
  );
});

test.each([
  { topic: 'x'.repeat(128) },
  { source: '日'.repeat(42) },
  { tags: { a: 'x'.repeat(16_383) } },
])('a text of the maximum length is accepted (%#)', (options) => {
  expect(resolveOptions({ ...good, ...options })).toMatchObject(options);
});

test('timeField may be any field name', () => {
  expect(resolveOptions({ ...good, timeField: 'my time' }).timeField).toBe('my time');
});

test.each([undefined, null, 'host', 7])('%o in place of the options throws', (options) => {
  expect(() => resolveOptions(options as never)).toThrow(
    'webtrack: createTracker needs an object of options',
  );
});

const refusals = [
  ['honorGpc', { globalPrivacyControl: true }],
  ['honorDnt', { doNotTrack: '1' }],
  ['ignoreBots', { webdriver: true }],
  ['ignoreBots', { userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1)' }],
  ['ignoreBots', { userAgent: 'Mozilla/5.0 HeadlessChrome/140.0.0.0 Safari/537.36' }],
] as const;

test.each(refusals)(
  '%s: true denies consent in a browser with %o, and false does not',
  (option, browser) => {
    vi.stubGlobal('navigator', browser);
    expect(resolveOptions({ ...good, consent: 'granted', [option]: true })).toMatchObject({
      consent: 'denied',
      isRefused: true,
    });
    expect(resolveOptions({ ...good, [option]: false })).toMatchObject({
      consent: 'granted',
      isRefused: false,
    });
  },
);

test.each([
  [{}],
  [{ globalPrivacyControl: false, doNotTrack: '0', webdriver: false, userAgent: 'Mozilla/5.0' }],
  [{ doNotTrack: null, userAgent: 'Mozilla/5.0 (Linux; Android 14; CUBOT_X30) Chrome/140' }],
  [{ doNotTrack: 'unspecified' }],
  [undefined],
])('a browser with %o is recorded', (browser) => {
  vi.stubGlobal('navigator', browser);
  const options = { ...good, honorGpc: true, honorDnt: true, ignoreBots: true };
  expect(resolveOptions({ ...options, consent: 'pending' })).toMatchObject({
    consent: 'pending',
    isRefused: false,
  });
});

test('navigator is not read by default', () => {
  const navigator = new Proxy(
    {},
    {
      get() {
        throw new Error('a page that keeps it to itself');
      },
    },
  );
  vi.stubGlobal('navigator', navigator);
  expect(resolveOptions(good).consent).toBe('granted');
});
