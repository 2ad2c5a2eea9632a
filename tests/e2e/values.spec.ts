// How each kind of value and each shape of event is stored (js/src/recorder/fields.ts, in a real page).

import { expect, expectStored, test } from './fixtures.ts';

// The value as JavaScript source, and the text that is stored; undefined if the field is left out.
const VALUES: Record<string, readonly [expression: string, stored: string | undefined]> = {
  text: ["'plain'", 'plain'],
  'empty text': ["''", ''],
  'quotes and backslashes': [`'"\\\\" \\\\n /'`, '"\\" \\n /'],
  'control characters': ["'\\u0001\\b\\t\\n\\f\\r\\u001f\\u007f'", '\u0001\b\t\n\f\r\u001f\u007f'],
  NUL: ["'a\\0b\\0'", 'a\0b\0'],
  Chinese: ["'茶壶与杯子'", '茶壶与杯子'],
  emoji: ["'🍵👩‍👩‍👧'", '🍵👩‍👩‍👧'],
  'line separators and BOM': ["'\\u2028\\u2029\\ufeff'", '\u2028\u2029\ufeff'],
  'lone high surrogate': ["'a\\ud83cb'", 'a\ufffdb'],
  'lone low surrogate': ["'\\udf75'", '\ufffd'],
  markup: ["'</script><!--'", '</script><!--'],

  zero: ['0', '0'],
  'minus zero': ['-0', '0'],
  fraction: ['0.1 + 0.2', '0.30000000000000004'],
  'large number': ['1e21', '1e+21'],
  NaN: ['NaN', 'NaN'],
  infinity: ['-Infinity', '-Infinity'],
  true: ['true', 'true'],
  false: ['false', 'false'],
  bigint: ['2n ** 70n', '1180591620717411303424'],

  undefined: ['undefined', undefined],
  null: ['null', undefined],
  symbol: ["Symbol('s')", undefined],
  function: ['() => 1', undefined],
  class: ['class Tea {}', undefined],

  Date: ['new Date(0)', '1970-01-01T00:00:00.000Z'],
  'invalid Date': ['new Date(NaN)', undefined],
  object: [
    "({ a: 1, b: { c: [true, null, '茶'] }, d: undefined })",
    '{"a":1,"b":{"c":[true,null,"茶"]}}',
  ],
  array: ["[1, 'two', undefined, () => 3]", '[1,"two",null,null]'],
  'empty object': ['({})', '{}'],
  'empty array': ['[]', '[]'],
  'object without a prototype': ['Object.assign(Object.create(null), { a: 1 })', '{"a":1}'],
  'object with a lone surrogate': ["({ a: '\\ud83c' })", '{"a":"\\ud83c"}'],
  'frozen object': ['Object.freeze({ a: 1 })', '{"a":1}'],
  'class instance': [
    'new (class { #hidden = 1; shown = 2; get computed() { return 3; } })()',
    '{"shown":2}',
  ],
  'boxed text': ["new String('x')", '"x"'],
  Map: ['new Map([[1, 2]])', '{}'],
  Error: ["new Error('x')", '{}'],
  'typed array': ['new Uint8Array([7])', '{"0":7}'],
  URL: ["new URL('https://example.com/')", 'https://example.com/'],
  element: ['document.createElement("p")', '{}'],
  'text from toJSON': ["({ toJSON: () => 'own' })", '"own"'],
  'nothing from toJSON': ['({ toJSON() {} })', undefined],
  Proxy: ['new Proxy({ a: 1 }, {})', '{"a":1}'],

  cycle: ['(() => { const a = {}; a.a = a; return a; })()', undefined],
  'throwing getter within': ["({ get a() { throw new Error('x'); } })", undefined],
  'throwing toJSON': ["({ toJSON() { throw new Error('x'); } })", undefined],
  'bigint within': ['({ a: 1n })', undefined],
  'revoked Proxy': [
    '(() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy; })()',
    undefined,
  ],
};

// Fields that are left out and reported to onDrop.
const REPORTED = [
  'invalid Date',
  'cycle',
  'throwing getter within',
  'throwing toJSON',
  'bigint within',
  'revoked Proxy',
];

test('every kind of value is stored as the table says', async ({ page, open, collector }) => {
  await open('script.html');
  const drops = await page.evaluate(
    async (values) => {
      const reported: unknown[] = [];
      for (const [kind, expression] of values) {
        window.tracker.track({
          event: 'value',
          kind,
          value: new Function(`return ${expression}`)(),
        });
        reported.push(...window.drops.splice(0).map((drop) => ({ kind, ...drop })));
      }
      await window.tracker.flush();
      return reported;
    },
    Object.entries(VALUES).map(([kind, [expression]]) => [kind, expression] as const),
  );
  await expectStored(collector, 'kind', Object.keys(VALUES));
  const stored = (await collector.logs()).map(({ kind, value }) => [kind, value]);
  const promised = Object.entries(VALUES).map(([kind, [, value]]) => [kind, value]);
  expect(stored).toEqual(promised);
  expect(drops).toEqual(
    REPORTED.map((kind) => ({ kind, reason: 'invalid_field', events: 0, field: 'value' })),
  );
});

// The event as JavaScript source, and the fields that are stored.
const EVENTS: Record<string, readonly [expression: string, stored: Record<string, string>]> = {
  'without a field': ['({})', {}],
  'own __proto__': [
    `JSON.parse('{"__proto__":"p","a":"1"}')`,
    JSON.parse('{"__proto__":"p","a":"1"}'),
  ],
  'names of Object.prototype': [
    "({ constructor: 'c', toString: 't' })",
    { constructor: 'c', toString: 't' },
  ],
  'numbers as names': ["({ b: 'x', 2: 'two', 1: 'one' })", { 1: 'one', 2: 'two', b: 'x' }],
  'strange names': [
    "({ '': 'empty', 'a b': '1', '茶': '2', 'q\"\\\\': '3', 'n\\0n': '4', '🍵.x-y': '5' })",
    { '': 'empty', 'a b': '1', 茶: '2', 'q"\\': '3', 'n\0n': '4', '🍵.x-y': '5' },
  ],
  'names of a JSON body': ["({ __logs__: 'l', __tags__: 't' })", { __logs__: 'l', __tags__: 't' }],
  frozen: ["Object.freeze({ a: '1' })", { a: '1' }],
  'of a class': ["new (class { own = '1'; get inherited() { return '2'; } })()", { own: '1' }],
  'without a prototype': ["Object.assign(Object.create(null), { a: '1' })", { a: '1' }],
  'with an inherited field': ["Object.assign(Object.create({ a: '1' }), { b: '2' })", { b: '2' }],
  'with a hidden field': ["Object.defineProperty({ a: '1' }, 'b', { value: '2' })", { a: '1' }],
  'with a symbol as name': ["({ [Symbol('s')]: '1', a: '2' })", { a: '2' }],
  'with a getter': ["({ get a() { return '1'; } })", { a: '1' }],
  'with a throwing getter': [
    "({ a: '1', get b() { throw new Error('x'); }, c: '3' })",
    { a: '1', c: '3' },
  ],
  'with toJSON': ["({ a: '1', toJSON: () => ({ b: '2' }) })", { a: '1' }],
  'behind a Proxy': [
    "new Proxy({ a: '1' }, { get: (t, k) => k === 'a' ? 'proxied' : t[k] })",
    { a: 'proxied' },
  ],
  'with 500 fields': [
    "Object.fromEntries(Array.from({ length: 500 }, (_, n) => ['f' + n, n]))",
    Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f${n}`, String(n)])),
  ],
};

test('every shape of event is stored as the table says', async ({ page, open, collector }) => {
  await open('script.html', { options: { timeField: false, seqField: false } });
  await page.evaluate(
    (events) => {
      for (const expression of events) window.tracker.track(new Function(`return ${expression}`)());
      return window.tracker.flush();
    },
    Object.values(EVENTS).map(([expression]) => expression),
  );
  const logs = await collector.logs();
  const own = logs.map((log) =>
    // Without the fields that the collector adds.
    Object.fromEntries(Object.entries(log).filter(([name]) => !ADDED.test(name))),
  );
  expect(own).toEqual(Object.values(EVENTS).map(([, stored]) => stored));
});

const ADDED = /^__(id|batch|time|topic|source)__$|^__tag__:/;

test('fields with names reserved by the service are dropped, and the event is stored without them', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html');
  const names = ['__topic__', '__source__', '__time__', '__tag__:site', '__partition_time__'];
  const drops = await page.evaluate(async (names) => {
    window.tracker.track({
      event: 'kept',
      ...Object.fromEntries(names.map((name) => [name, 'x'])),
    });
    await window.tracker.flush();
    return window.drops;
  }, names);
  expect(drops).toEqual(names.map((field) => ({ reason: 'reserved_field', events: 0, field })));
  await expectStored(collector, 'event', ['kept']);
  expect(await collector.logs()).toMatchObject([{ __topic__: '', __source__: '' }]);
});

test('a value of a megabyte is stored whole', async ({ page, open, collector }) => {
  await open('script.html');
  const text = '茶 tea 🍵\u0000"'.repeat(75_000);
  expect(Buffer.byteLength(text)).toBeGreaterThan(1_000_000);
  await page.evaluate(async (text) => {
    await window.tracker.flush(); // loads the core
    window.tracker.track({ event: 'large', text });
    await window.tracker.flush();
  }, text);
  await expectStored(collector, 'event', ['large']);
  const [log] = await collector.logs();
  expect(log?.text === text).toBe(true); // toBe(text) would print a megabyte if it failed
});

test('a value of a megabyte is kept until the core has loaded', async ({
  page,
  open,
  pages,
  collector,
}) => {
  await open('module.html', { options: { coreUrl: '/held/core.wasm' } });
  await page.evaluate(() => {
    window.tracker.track({ event: 'small' });
    window.tracker.track({ event: 'large', text: 'x'.repeat(1_000_000) });
    void window.tracker.flush();
  });
  pages.release();
  await expectStored(collector, 'event', ['small', 'large']);
});

test('changing an event after track() does not change what is stored', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html');
  await page.evaluate(() => {
    const event = { event: 'before', list: [1] };
    window.tracker.track(event);
    event.event = 'after';
    event.list.push(2);
    return window.tracker.flush();
  });
  await expectStored(collector, 'event', ['before']);
  expect(await collector.logs()).toMatchObject([{ list: '[1]' }]);
});
