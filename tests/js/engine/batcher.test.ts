// When a batch is sealed, and what leaves when the page ends.
import { expect, test, vi } from 'vitest';
import { Batcher } from '../../../js/src/engine/batcher.ts';
import type { PageState } from '../../../js/src/engine/host.ts';
import { HandedNotes, Notes } from '../../../js/src/engine/notes.ts';
import { MemoryOutbox } from '../../../js/src/engine/outbox/memory_outbox.ts';
import type { EngineSettings } from '../../../js/src/engine/settings.ts';
import type { Drop } from '../../../js/src/types.ts';
import { shippedCore } from '../shipped_core.ts';
import { endpoint, settings } from './engine_fixture.ts';

interface Made {
  batcher: Batcher;
  drops: Drop[];
  track(...events: string[]): void;
}

/** A batcher in a worker, or in `page`. */
function make(more: Partial<EngineSettings> = {}, page?: PageState): Made {
  const drops: Drop[] = [];
  const all = { ...settings, ...more };
  const outbox = new MemoryOutbox(all, {
    evictable: () => true,
    evicted() {},
    memoryOnly() {},
    storageBack() {},
  });
  const noteStorage = new HandedNotes(
    () => {},
    () => {},
  );
  const batcher = new Batcher(
    'batcher',
    all,
    { loadCore: shippedCore, level: 'fast', noteStorage, ...(page ? { page } : { lasting: true }) },
    new Notes(noteStorage),
    outbox,
    { delivered() {}, lost: (drop) => drops.push(drop), notice() {} },
  );
  const track = (...events: string[]) => {
    for (const event of events) batcher.append(['event', event], 'normal', 'recorder');
  };
  return { batcher, drops, track };
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `e${n}`);
const sizes = () => endpoint.requests.map(({ json }) => json.__logs__.length);

test('events wait for the core, then leave in one batch', async () => {
  const { batcher, track } = make();
  track('a', 'b', 'c');
  expect(endpoint.requests).toEqual([]);
  batcher.load(shippedCore());
  await batcher.flush();
  expect(endpoint.events).toEqual(['a', 'b', 'c']);
  expect(sizes()).toEqual([3]);
});

test('a batch with flushCount events is sealed at once', async () => {
  const { batcher, track } = make({ flushCount: 3 });
  batcher.load(shippedCore());
  await batcher.flush();
  track('a', 'b');
  expect(batcher.delivery.busy).toBe(false);
  track('c');
  expect(batcher.delivery.busy).toBe(true);
  await batcher.delivery.idle();
  expect(endpoint.events).toEqual(['a', 'b', 'c']);
});

test('a batch that waits for another to be sent grows to eight times flushCount', async () => {
  const { batcher, track } = make({ flushCount: 2 });
  batcher.load(shippedCore());
  await batcher.flush();
  let answer: (() => void) | undefined;
  endpoint.answer = (response) => {
    answer = () => response.end();
  };
  track('a', 'b', ...names(18));
  await vi.waitUntil(() => answer);
  endpoint.answer = (response) => response.end();
  answer?.();
  await batcher.flush();
  expect(sizes()).toEqual([2, 16, 2]);
});

test('an event of high priority is sealed with the rest of its task', async () => {
  const { batcher, track } = make();
  batcher.load(shippedCore());
  await batcher.flush();
  batcher.append(['event', 'urgent'], 'high', 'recorder');
  batcher.append(['event', 'urgent too'], 'high', 'recorder');
  track('other');
  await Promise.resolve();
  expect(batcher.delivery.busy).toBe(true);
  await batcher.delivery.idle();
  // Batches hold events of one priority; that of high priority is sent first.
  expect(endpoint.events).toEqual(['urgent', 'urgent too', 'other']);
});

test('an event leaves after flushInterval', async () => {
  const { batcher, track } = make({ flushInterval: 40 });
  batcher.load(shippedCore());
  track('a');
  await vi.waitUntil(() => endpoint.requests.length === 1);
  expect(endpoint.events).toEqual(['a']);
});

test('without a core the events are sent uncompressed', async () => {
  const { batcher, track } = make({ compressAbove: 0 });
  batcher.load(Promise.reject(new Error('not found')));
  track(...names(50));
  // By itself: the events have waited long enough.
  await vi.waitUntil(() => endpoint.requests.length === 1);
  expect(batcher.lacksCore).toBe(true);
  expect(endpoint.events).toEqual(names(50));
  expect(endpoint.requests.map(({ headers }) => headers['x-log-compresstype'])).toEqual([
    undefined,
  ]);
});

test('a core that does not load within a minute counts as missing', async () => {
  vi.useFakeTimers();
  const { batcher } = make();
  batcher.load(new Promise(() => {}));
  await vi.advanceTimersByTimeAsync(59_000);
  expect(batcher.lacksCore).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(batcher.lacksCore).toBe(true);
  vi.useRealTimers();
});

test('an event too large for a request is lost alone', async () => {
  const { batcher, drops, track } = make();
  batcher.load(shippedCore());
  await batcher.flush();
  track('a', 'x'.repeat(4_000_000), 'b');
  await batcher.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
  expect(drops).toEqual([{ reason: 'too_large', events: 1 }]);
});

test('whenStored calls at once if the outbox ends with the page', () => {
  const { batcher, track } = make();
  track('a');
  const stored = vi.fn();
  batcher.whenStored({ recorder: 'recorder', group: 0, hasNote: false, stored });
  expect(stored).toHaveBeenCalledOnce();
});

test('at the exit a page sends beacons of half the size until the browser takes one', () => {
  const taken: number[] = [];
  const refused: number[] = [];
  const beacon = (_: string, { size }: Blob) => {
    const isTaken = size < 30_000;
    (isTaken ? taken : refused).push(size);
    return isTaken;
  };
  const { batcher, track } = make({}, { hidden: true, ending: true, beacon });
  track(...names(1_000).map((name) => name.padEnd(50, '.')));
  batcher.sendOnExit();
  expect(refused[0]).toBeGreaterThan(60_000);
  expect(taken.length).toBeGreaterThan(1);
  // Together they stay within the quota that the browser gives a page.
  expect(taken.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(65_536);
});
