// Batches that wait in memory for their turn.
import { expect, test } from 'vitest';
import { UnsentBatches } from '../../../../js/src/engine/delivery/unsent.ts';
import { bodyOfBytes, namesOf, storedBatch } from '../batch_fixture.ts';

/** Bytes that requests which outlive a page may carry. */
const ROOM = 65_536;

const namesIn = (unsent: UnsentBatches) => namesOf(unsent.inOrder().map(({ batch }) => batch));

test('batches of high rank come first; within a rank the order is that of their arrival', () => {
  const unsent = new UnsentBatches();
  const ranks = ['normal', 'high', 'normal', 'high'] as const;
  for (const [number, rank] of ranks.entries()) {
    // The later, the older: the time does not count.
    unsent.hold(storedBatch({ number, rank, time: 100 - number }), undefined);
  }
  expect(namesIn(unsent)).toEqual(['1', '3', '0', '2']);
  expect(unsent.size).toBe(4);
});

test('each batch comes with the promise of its place in the outbox', () => {
  const unsent = new UnsentBatches();
  const kept = Promise.resolve();
  const [first, second] = [storedBatch({ number: 0 }), storedBatch({ number: 1 })];
  unsent.hold(first, kept);
  unsent.hold(second, undefined);
  const [stored, unstored] = unsent.inOrder();
  expect(stored?.batch).toBe(first);
  expect(stored?.kept).toBe(kept);
  expect(unstored).toEqual({ batch: second, kept: undefined });
});

test('as many bytes are kept as one page may send when it ends', () => {
  const unsent = new UnsentBatches();
  unsent.hold(storedBatch({ number: 0, ...bodyOfBytes(ROOM - 10) }), undefined);
  unsent.hold(storedBatch({ number: 1, ...bodyOfBytes(11) }), undefined);
  unsent.hold(storedBatch({ number: 2, ...bodyOfBytes(10) }), undefined);
  unsent.hold(storedBatch({ number: 3, ...bodyOfBytes(1) }), undefined);
  expect(namesIn(unsent)).toEqual(['0', '2']);
});

test('forgetting a batch makes room, and forgetting it again makes no more', () => {
  const unsent = new UnsentBatches();
  const large = storedBatch({ number: 0, ...bodyOfBytes(ROOM / 2) });
  unsent.hold(large, undefined);
  unsent.hold(storedBatch({ number: 1, ...bodyOfBytes(ROOM / 2) }), undefined);
  unsent.forget(storedBatch({ number: 0 }));
  unsent.forget(large);
  unsent.hold(storedBatch({ number: 2, ...bodyOfBytes(ROOM / 2 + 1) }), undefined);
  expect(namesIn(unsent)).toEqual(['1']);
  unsent.hold(storedBatch({ number: 3, ...bodyOfBytes(ROOM / 2) }), undefined);
  expect(namesIn(unsent)).toEqual(['1', '3']);
});

test('forgetting a batch that was too large to keep changes no room', () => {
  const unsent = new UnsentBatches();
  const large = storedBatch({ number: 0, ...bodyOfBytes(ROOM + 1) });
  unsent.hold(large, undefined);
  unsent.forget(large);
  unsent.hold(storedBatch({ number: 1, ...bodyOfBytes(ROOM) }), undefined);
  unsent.hold(storedBatch({ number: 2 }), undefined);
  expect(namesIn(unsent)).toEqual(['1']);
});

test('the pieces of a batch are kept and forgotten one by one', () => {
  const unsent = new UnsentBatches();
  const pieces = ['.0', '.1'].map((part) => storedBatch({ number: 4, part }));
  for (const piece of pieces) unsent.hold(piece, undefined);
  unsent.forget(storedBatch({ number: 4 }));
  expect(namesIn(unsent)).toEqual(['4.0', '4.1']);
  unsent.forget(storedBatch({ number: 4, part: '.0' }));
  expect(namesIn(unsent)).toEqual(['4.1']);
});

test('clear() forgets all batches and frees their room', () => {
  const unsent = new UnsentBatches();
  unsent.hold(storedBatch({ number: 0, ...bodyOfBytes(ROOM) }), undefined);
  unsent.clear();
  expect([unsent.size, unsent.inOrder()]).toEqual([0, []]);
  unsent.hold(storedBatch({ number: 1, ...bodyOfBytes(ROOM) }), undefined);
  expect(namesIn(unsent)).toEqual(['1']);
});
