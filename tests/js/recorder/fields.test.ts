import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlainBatch } from '../../../js/src/engine/batch/plain.ts';
import type { OpenBatch } from '../../../js/src/engine/types.ts';
import { fieldsOf, TooLarge } from '../../../js/src/recorder/fields.ts';
import type { TrackEvent } from '../../../js/src/types.ts';
import { bodyOf, sealAll, shippedCore } from '../shipped_core.ts';

function fieldsAndDrops(event: TrackEvent) {
  const drops: Record<string, string> = {};
  const fields = fieldsOf(event, (field, reason) => {
    drops[field] = reason;
  });
  return { fields, drops };
}

class Point {
  x = 1;
  y = 2;
  get length() {
    throw new Error('of another class');
  }
}

test.each<[string, unknown, string | undefined]>([
  ['text', 'a "b"', 'a "b"'],
  ['empty text', '', ''],
  ['a number', 1.5, '1.5'],
  ['minus zero', -0, '0'],
  ['NaN', Number.NaN, 'NaN'],
  ['infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
  ['a bigint', 2n ** 64n, '18446744073709551616'],
  ['true', true, 'true'],
  ['false', false, 'false'],
  ['an address', new URL('https://a.example'), 'https://a.example/'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['an object', { a: [1, null, { b: 'c' }] }, '{"a":[1,null,{"b":"c"}]}'],
  ['an array', [1, 'two', undefined], '[1,"two",null]'],
  ['an object with toJSON', { toJSON: () => ({ short: true }) }, '{"short":true}'],
  ['an instance of a class', new Point(), '{"x":1,"y":2}'],
  ['a Map', new Map([[1, 2]]), '{}'],
  ['null', null, undefined],
  ['undefined', undefined, undefined],
  ['a function', () => 1, undefined],
  ['a symbol', Symbol('s'), undefined],
  ['an object whose toJSON returns undefined', { toJSON: () => undefined }, undefined],
])('a field with %s becomes text or is left out', (_, value, text) => {
  const { fields, drops } = fieldsAndDrops({ before: '1', value, after: '2' });
  const expected = text === undefined ? [] : ['value', text];
  expect(fields).toEqual(['before', '1', ...expected, 'after', '2']);
  expect(drops).toEqual({});
});

test('a field that cannot be read is dropped alone', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const event = {
    a: '1',
    cycle,
    big: [1n],
    date: new Date(Number.NaN),
    get bad() {
      throw new Error('no');
    },
    z: '2',
  };
  expect(fieldsAndDrops(event)).toEqual({
    fields: ['a', '1', 'z', '2'],
    drops: {
      cycle: 'invalid_field',
      big: 'invalid_field',
      date: 'invalid_field',
      bad: 'invalid_field',
    },
  });
});

test('fields with names reserved by the service are dropped, fields with similar names are kept', () => {
  const reserved = [
    '__topic__',
    '__source__',
    '__time__',
    '__partition_time__',
    '__extract_others__',
    '_extract_others_',
    '__tag__:a',
    '__tag__:',
  ];
  const allowed = ['topic', '_topic_', '__proto', '__topic', '__tag__', 'a__topic__', '__TIME__'];
  const event = Object.fromEntries([...reserved, ...allowed].map((key) => [key, 'v']));
  const { fields, drops } = fieldsAndDrops(event);
  expect(Object.keys(drops)).toEqual(reserved);
  expect(fields.filter((_, i) => i % 2 === 0)).toEqual(allowed);
});

test('an own field named __proto__ is recorded', () => {
  const event = JSON.parse('{"__proto__":"1"}');
  expect(fieldsAndDrops(event).fields).toEqual(['__proto__', '1']);
});

test('inherited and symbol keys are ignored', () => {
  const event = Object.assign(Object.create({ inherited: '1' }), { own: '2', [Symbol('s')]: '3' });
  expect(fieldsAndDrops(event).fields).toEqual(['own', '2']);
});

test.each<[string, object]>([
  ['a typed array', new Uint8Array(20_000_000)],
  ['a list', Array.from({ length: 20_000_000 })],
  ['a text deep inside', [{ a: ['x'.repeat(20_000_000)] }]],
])('%s that no request can hold is refused before it is written', (_, value) => {
  let isRead = false;
  const after = {
    get value() {
      isRead = true;
      return 1;
    },
  };
  expect(() => fieldsOf({ list: [value, after] }, () => {})).toThrow(TooLarge);
  expect(isRead).toBe(false);
});

test('an object that a request can hold is written whole', () => {
  const list = Array.from({ length: 100_000 }, (_, n) => n % 10);
  expect(fieldsOf({ list }, () => {})).toEqual(['list', JSON.stringify(list)]);
  const many = Object.fromEntries(list.map((n, at) => [`k${at}`, n]));
  expect(fieldsOf({ many }, () => {})).toEqual(['many', JSON.stringify(many)]);
});

const texts = fc.string({ unit: 'binary', maxLength: 40 });
const anyEvent = fc.dictionary(
  fc.oneof(texts, fc.constantFrom('__topic__', '__proto__', '\0', '日志')),
  fc.oneof(texts, fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true })),
  { noNullPrototype: false },
);

// Lone surrogates are stored as U+FFFD.
const wellFormed = (text: string) => text.replace(/[\ud800-\udfff]/gu, '\ufffd');

function logsExpectedOf(fields: string[][]): Record<string, string>[] {
  return fields.map((list) => {
    const pairs: [string, string][] = [];
    for (let i = 0; i < list.length; i += 2) {
      pairs.push([wellFormed(list[i] ?? ''), wellFormed(list[i + 1] ?? '')]);
    }
    return Object.fromEntries(pairs);
  });
}

test('any fields survive the JSON body unchanged, in core.wasm and in PlainBatch', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 20 }), async (events) => {
      const fields = events.map((event) => fieldsOf(event, () => {}));
      for (const open of [await shippedCore(), new PlainBatch()] as OpenBatch[]) {
        open.setEnvelope({ source: 's', topic: 't', tags: { batch_id: 'x-0' } });
        for (const list of fields) expect(open.append(list)).toBeGreaterThan(0);
        const body = JSON.parse(bodyOf(sealAll(open)));
        expect(body).toEqual({
          __logs__: logsExpectedOf(fields),
          __source__: 's',
          __topic__: 't',
          __tags__: { batch_id: 'x-0' },
        });
      }
    }),
    { numRuns: 300 },
  );
});
