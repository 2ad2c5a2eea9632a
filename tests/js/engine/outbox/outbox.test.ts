// Keys and sending order of batches, and which batches an outbox that is too full drops.
import { IDBFactory } from 'fake-indexeddb';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bySendOrder, excess, idOf, keyOf } from '../../../../js/src/engine/outbox/outbox.ts';
import type { StoredBatch } from '../../../../js/src/engine/types.ts';
import { bodyOfBytes, namesOf, storedBatch } from '../batch_fixture.ts';

const NOW = 1_800_000_000_000;
const AGE = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});

afterEach(() => vi.useRealTimers());

/** What an outbox of 100 bytes drops, as `{number} {reason}`. */
function dropped(
  batches: readonly StoredBatch[],
  evictable: (batch: StoredBatch) => boolean = () => true,
): string[] {
  const settings = { outboxBytes: 100, outboxAge: AGE };
  return Array.from(
    excess(batches, settings, evictable),
    ([{ number }, reason]) => `${number} ${reason}`,
  );
}

const inIndexedDb = (a: StoredBatch, b: StoredBatch) => new IDBFactory().cmp(keyOf(a), keyOf(b));

test('nothing is dropped at exactly the limits of bytes and age', () => {
  const batches = [
    storedBatch({ number: 0, ...bodyOfBytes(60), time: NOW - AGE }),
    storedBatch({ number: 1, ...bodyOfBytes(40) }),
  ];
  expect(dropped(batches)).toEqual([]);
  expect(dropped([])).toEqual([]);
});

test('one byte too many drops the oldest batch, whatever the order of the list', () => {
  const batches = [
    storedBatch({ number: 2, ...bodyOfBytes(50), time: NOW }),
    storedBatch({ number: 0, ...bodyOfBytes(1), time: NOW - 2 }),
    storedBatch({ number: 1, ...bodyOfBytes(50), time: NOW - 1 }),
  ];
  expect(dropped(batches)).toEqual(['0 queue_full']);
  expect(namesOf(batches)).toEqual(['2', '0', '1']);
});

test('a batch that is too old is dropped as expired although there is room', () => {
  const batches = [
    storedBatch({ number: 0, time: NOW - AGE - 1, owned: false }),
    storedBatch({ number: 1, time: NOW - AGE, owned: false }),
    storedBatch({ number: 2, time: NOW - AGE - 1, rank: 'high', owned: false }),
  ];
  expect(dropped(batches)).toEqual(['0 expired', '2 expired']);
});

test('normal batches go before those of high rank, and only as many as must', () => {
  const batches = [
    storedBatch({ number: 0, ...bodyOfBytes(40), time: NOW - 4, rank: 'high' }),
    storedBatch({ number: 1, ...bodyOfBytes(40), time: NOW - 3, rank: 'high' }),
    storedBatch({ number: 2, ...bodyOfBytes(40), time: NOW - 2 }),
    storedBatch({ number: 3, ...bodyOfBytes(40), time: NOW - 1 }),
  ];
  expect(dropped(batches)).toEqual(['2 queue_full', '3 queue_full']);
  expect(
    dropped([...batches, storedBatch({ number: 4, ...bodyOfBytes(40), rank: 'high' })]),
  ).toEqual(['2 queue_full', '3 queue_full', '0 queue_full']);
});

test('the bytes of an expired batch make room for newer ones of its rank', () => {
  const batches = [
    storedBatch({ number: 0, ...bodyOfBytes(90), time: NOW - AGE - 1, owned: false }),
    storedBatch({ number: 1, ...bodyOfBytes(50), time: NOW - 1 }),
    storedBatch({ number: 2, ...bodyOfBytes(50), time: NOW }),
  ];
  expect(dropped(batches)).toEqual(['0 expired']);
});

test('a batch of a page that is still there never expires: the visitor may set the clock by years', () => {
  expect(dropped([storedBatch({ number: 0, time: NOW - 1_000 * AGE })])).toEqual([]);
});

test('a batch that a request carries is kept, and the next one is dropped in its place', () => {
  const batches = [
    storedBatch({ number: 0, ...bodyOfBytes(60), time: NOW - AGE - 1 }),
    storedBatch({ number: 1, ...bodyOfBytes(60), time: NOW - 1 }),
    storedBatch({ number: 2, ...bodyOfBytes(40), time: NOW }),
  ];
  expect(dropped(batches, ({ number }) => number !== 0)).toEqual(['1 queue_full']);
  expect(dropped(batches, () => false)).toEqual([]);
});

test('a single batch larger than the outbox is dropped', () => {
  expect(dropped([storedBatch({ number: 7, ...bodyOfBytes(101) })])).toEqual(['7 queue_full']);
});

test('keys sort high rank before normal, then by time, number and piece', () => {
  const inOrder = [
    storedBatch({ rank: 'high', time: 2, number: 9 }),
    storedBatch({ rank: 'high', time: 3, number: 1 }),
    storedBatch({ time: 1, number: 8 }),
    storedBatch({ time: 2, number: 6, part: '.0' }),
    storedBatch({ time: 2, number: 6, part: '.0.1' }),
    storedBatch({ time: 2, number: 6, part: '.1' }),
    storedBatch({ time: 2, number: 10 }),
  ];
  for (const compare of [inIndexedDb, bySendOrder]) {
    expect([...inOrder].reverse().sort(compare)).toEqual(inOrder);
  }
});

test('bySendOrder() agrees with the keys in IndexedDB for the batches of one tracker', () => {
  const batches = fc
    .record({
      rank: fc.constantFrom('high' as const, 'normal' as const),
      time: fc.nat(2),
      number: fc.nat(12),
      part: fc.constantFrom('', '.0', '.1', '.0.1', '.1.0'),
    })
    .map(storedBatch);
  fc.assert(
    fc.property(batches, batches, (a, b) => {
      fc.pre(idOf(a) !== idOf(b));
      expect(Math.sign(bySendOrder(a, b))).toBe(inIndexedDb(a, b));
    }),
  );
});

test('batches with equal keys have one id, and any part of the key makes another', () => {
  const batch = storedBatch({ time: NOW });
  expect(idOf({ ...batch, body: new Uint8Array(9), owned: false })).toBe(idOf(batch));
  const others = [
    { url: 'https://other.example/track' },
    { rank: 'high' as const },
    { time: NOW + 1 },
    { tracker: 'abd' },
    { number: 1 },
    { part: '.0' },
  ].map((more) => idOf({ ...batch, ...more }));
  expect(new Set([idOf(batch), ...others]).size).toBe(7);
});

test('a batch that is too old is dropped before a fresh one of lower rank', () => {
  const batches = [
    storedBatch({ number: 0, ...bodyOfBytes(80), rank: 'high', time: NOW - AGE - 1, owned: false }),
    storedBatch({ number: 1, ...bodyOfBytes(80), time: NOW }),
  ];
  expect(dropped(batches)).toEqual(['0 expired']);
});
