// The outbox of a page that cannot store anything.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MemoryOutbox } from '../../../../js/src/engine/outbox/memory_outbox.ts';
import type { Outbox } from '../../../../js/src/engine/outbox/outbox.ts';
import type { StoredBatch } from '../../../../js/src/engine/types.ts';
import { bodyOfBytes, namesOf, storedBatch, TRACK_URL } from '../batch_fixture.ts';

const NOW = 1_800_000_000_000;

/** Batches that the outbox dropped, as `{number} {reason}`. */
let evicted: string[];
/** Numbers of batches that a request carries. */
let sending: number[];
let outbox: MemoryOutbox;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  [evicted, sending] = [[], []];
  outbox = new MemoryOutbox(
    { outboxBytes: 100, outboxAge: 60_000 },
    {
      evictable: ({ number }) => !sending.includes(number),
      evicted: ({ number }, reason) => evicted.push(`${number} ${reason}`),
      storageBack() {},
      memoryOnly() {
        throw new Error('an outbox in memory cannot become one');
      },
    },
  );
});

afterEach(() => vi.useRealTimers());

const first = (wanted = (_: StoredBatch) => true) => outbox.next(TRACK_URL, wanted);

test('next() finds high rank first, then the oldest', async () => {
  await outbox.put([
    storedBatch({ number: 0, time: NOW - 1 }),
    storedBatch({ number: 1, time: NOW - 2 }),
    storedBatch({ number: 2, time: NOW, rank: 'high' }),
  ]);
  const found: number[] = [];
  for (let batch = await first(); batch; batch = await first()) {
    found.push(batch.number);
    await outbox.delete(batch);
  }
  expect(found).toEqual([2, 1, 0]);
});

test('next() passes over batches that are not wanted, and those for another address', async () => {
  await outbox.put([
    storedBatch({ number: 0, time: NOW - 2, url: 'https://other.example/track' }),
    storedBatch({ number: 1, time: NOW - 1 }),
    storedBatch({ number: 2 }),
  ]);
  expect((await first())?.number).toBe(1);
  expect((await first(({ number }) => number !== 1))?.number).toBe(2);
  expect(await first(({ number }) => number === 0)).toBeUndefined();
});

test('pieces take the place of the batch that was cut', async () => {
  const whole = storedBatch({ number: 3, events: 2 });
  await outbox.put([whole]);
  await outbox.put(
    [storedBatch({ number: 3, part: '.0' }), storedBatch({ number: 3, part: '.1' })],
    whole,
  );
  expect(namesOf(outbox.takeAll())).toEqual(['3.0', '3.1']);
});

test('a batch that is put again replaces itself and counts once', async () => {
  const batch = storedBatch(bodyOfBytes(60));
  await outbox.put([batch]);
  await outbox.put([{ ...batch, ...bodyOfBytes(90), encoding: 'lz4' }]);
  expect(evicted).toEqual([]);
  expect(outbox.takeAll()).toMatchObject([{ number: 0, encoding: 'lz4', rawBytes: 90 }]);
});

test('a full outbox drops its oldest normal batch and reports it', async () => {
  await outbox.put([
    storedBatch({ number: 0, ...bodyOfBytes(50), time: NOW - 3, rank: 'high' }),
    storedBatch({ number: 1, ...bodyOfBytes(50), time: NOW - 2 }),
  ]);
  expect(evicted).toEqual([]);
  await outbox.put([storedBatch({ number: 2, ...bodyOfBytes(50), time: NOW - 1 })]);
  expect(evicted).toEqual(['1 queue_full']);
  expect(namesOf(outbox.takeAll())).toEqual(['0', '2']);
});

test('a batch that a request carries is not dropped', async () => {
  sending = [0];
  await outbox.put([storedBatch({ number: 0, ...bodyOfBytes(80), time: NOW - 1 })]);
  await outbox.put([storedBatch({ number: 1, ...bodyOfBytes(80) })]);
  expect(evicted).toEqual(['1 queue_full']);
  expect(namesOf(outbox.takeAll())).toEqual(['0']);
});

test('a batch without an engine that has become too old is dropped when the next one comes', async () => {
  await outbox.put([storedBatch({ number: 0, owned: false })]);
  vi.setSystemTime(NOW + 60_001);
  await outbox.put([storedBatch({ number: 1 })]);
  expect(evicted).toEqual(['0 expired']);
});

test.each(['delete', 'markDelivered'] as const)('%s() removes one batch', async (method) => {
  const batch = storedBatch({ number: 1 });
  await outbox.put([storedBatch({ number: 0 }), batch, storedBatch({ number: 1, part: '.0' })]);
  await outbox[method](batch);
  expect(namesOf(outbox.takeAll())).toEqual(['0', '1.0']);
});

test('takeAll() leaves the outbox empty', async () => {
  await outbox.put([storedBatch(bodyOfBytes(90))]);
  expect(outbox.takeAll()).toHaveLength(1);
  expect(await first()).toBeUndefined();
  await outbox.put([storedBatch({ number: 1, ...bodyOfBytes(90) })]);
  expect(evicted).toEqual([]);
});

test('it knows of no other page: no owners, no progress, and every lease is free', async () => {
  const general: Outbox = outbox;
  await general.put([storedBatch()], undefined, new Map([['rec', 4]]));
  expect(general.outlivesPage).toBe(false);
  expect(await general.owners()).toEqual([]);
  expect(await general.progressOf('rec')).toBe(-1);
  expect(await general.lease('turn', 'one', 1_000)).toBe(true);
  expect(await general.lease('turn', 'other', 1_000)).toBe(true);
});

test('remembers which batches were deleted that only storage may have, without their bodies', async () => {
  await outbox.put([storedBatch({ number: 0 })]);
  await outbox.delete(storedBatch({ number: 0 }));
  for (let number = 1; number <= 1_100; number++) await outbox.delete(storedBatch({ number }));
  expect(outbox.deletedElsewhere).toHaveLength(1_000);
  expect(outbox.deletedElsewhere[0]).toMatchObject({ number: 1, body: { length: 0 } });
});
