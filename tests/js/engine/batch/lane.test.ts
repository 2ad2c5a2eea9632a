// The open batch of one rank: copies of it, its next batch, and its move into the core.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NO_BOUND, Status } from '../../../../js/src/engine/batch/core.ts';
import { type BatchSource, Lane } from '../../../../js/src/engine/batch/lane.ts';
import { PlainBatch } from '../../../../js/src/engine/batch/plain.ts';
import type { OpenBatch, StoredBatch } from '../../../../js/src/engine/types.ts';
import type { Rank } from '../../../../js/src/types.ts';
import { bodyOf, shippedCore } from '../../shipped_core.ts';
import { TRACK_URL } from '../batch_fixture.ts';

const NOW = 1_800_000_000_000;

/** Events lost so far, as the tag `dropped` has them. */
let dropped: string;
/** Number of the next batch. */
let next: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  [dropped, next] = ['', 0];
});

afterEach(() => vi.useRealTimers());

const envelope = { source: 'web', topic: '', tags: { release: '7' } };

function newLane(
  open: OpenBatch = new PlainBatch(),
  rank: Rank = 'normal',
  more: Partial<BatchSource> = {},
): Lane {
  return new Lane(rank, open, {
    url: TRACK_URL,
    tracker: 'abc',
    envelope,
    compressAbove: 0,
    nextNumber: () => next++,
    dropped: () => dropped,
    ...more,
  });
}

/** Adds an event of each recorder, which has the recorder's name. */
function fill(lane: Lane, ...recorders: string[]): Lane {
  for (const recorder of recorders) lane.append(['event', recorder], recorder);
  return lane;
}

function copyOf(lane: Lane, maxBytes = NO_BOUND): StoredBatch {
  const batch = lane.seal(maxBytes, 'none');
  if (!batch) throw new Error('nothing was sealed');
  return batch;
}

const jsonOf = (batch: StoredBatch) => JSON.parse(bodyOf(batch));
const eventsOf = (batch: StoredBatch): string[] =>
  jsonOf(batch).__logs__.map(({ event }: { event: string }) => event);
const tagsOf = (batch: StoredBatch): Record<string, string> => jsonOf(batch).__tags__;

test('a copy has all that the outbox needs to know, and the events stay', () => {
  const lane = fill(newLane(undefined, 'high'), 'one', 'one', 'two');
  const { body, rawBytes, ...rest } = copyOf(lane);
  expect(rest).toEqual({
    encoding: 'plain',
    events: 3,
    url: TRACK_URL,
    rank: 'high',
    time: NOW,
    tracker: 'abc',
    number: 0,
    part: '',
    envelope,
    owned: true,
    recorders: [
      ['one', 2],
      ['two', 1],
    ],
  });
  expect(rawBytes).toBe(body.length);
  expect(lane.events).toBe(3);
  expect(tagsOf(copyOf(lane))).toEqual({ release: '7', batch_id: 'abc-0' });
});

test('the time of a batch is that of its first event', () => {
  const lane = newLane();
  vi.setSystemTime(NOW + 1_000);
  fill(lane, 'one');
  vi.setSystemTime(NOW + 2_000);
  fill(lane, 'one');
  expect(copyOf(lane).time).toBe(NOW + 1_000);
  lane.discard(2);
  vi.setSystemTime(NOW + 3_000);
  fill(lane, 'one');
  expect(copyOf(lane).time).toBe(NOW + 3_000);
});

test('nothing can be copied or saved of an empty lane', () => {
  const lane = newLane();
  expect(lane.seal(NO_BOUND, 'none')).toBeUndefined();
  expect(lane.openCopy('none')).toBeUndefined();
});

test('a copy with a limit of bytes has the oldest events that fit, and their recorders', () => {
  const lane = fill(newLane(), 'one', 'two', 'two', 'one');
  const part = copyOf(lane, copyOf(lane).rawBytes - 1);
  expect(eventsOf(part)).toEqual(['one', 'two', 'two']);
  expect(part).toMatchObject({ events: 3, part: '', number: 0 });
  expect(part.recorders).toEqual([
    ['one', 1],
    ['two', 2],
  ]);
  expect(lane.seal(20, 'none')).toBeUndefined();
});

test('after discard() the rest of the events is the next batch', () => {
  const lane = fill(newLane(), 'one', 'two', 'two', 'one');
  next = 5;
  lane.discard(2);
  expect(lane.events).toBe(2);
  const batch = copyOf(lane);
  expect(batch.number).toBe(5);
  expect(tagsOf(batch).batch_id).toBe('abc-5');
  expect(eventsOf(batch)).toEqual(['two', 'one']);
  expect(batch.recorders).toEqual([
    ['two', 1],
    ['one', 1],
  ]);
});

test('two lanes never share a number', () => {
  const [high, normal] = [fill(newLane(undefined, 'high'), 'a'), fill(newLane(), 'b')];
  high.discard(1);
  fill(high, 'c');
  expect([copyOf(high).number, copyOf(normal).number]).toEqual([2, 1]);
});

test('a batch tells all losses until it is sealed', () => {
  dropped = 'rejected:1';
  const lane = fill(newLane(), 'one');
  expect(tagsOf(copyOf(lane)).dropped).toBe('rejected:1');
  dropped = 'rejected:1,expired:2';
  expect(tagsOf(copyOf(lane))).toEqual({
    release: '7',
    batch_id: 'abc-0',
    dropped: 'rejected:1,expired:2',
  });
  expect(copyOf(lane).envelope).toEqual(envelope);
});

test('a saved copy has an id of its own, and the open batch keeps its id', () => {
  const lane = fill(newLane(), 'one');
  dropped = 'expired:1';
  const saved = lane.openCopy('none');
  if (!saved) throw new Error('nothing was saved');
  expect(saved).toMatchObject({ number: 0, part: '.open', events: 1, recorders: [['one', 1]] });
  expect(tagsOf(saved)).toEqual({ release: '7', batch_id: 'abc-0.open', dropped: 'expired:1' });
  fill(lane, 'two');
  expect(eventsOf(copyOf(lane))).toEqual(['one', 'two']);
  expect(tagsOf(copyOf(lane))).toMatchObject({ batch_id: 'abc-0', dropped: 'expired:1' });
  expect(copyOf(lane).part).toBe('');
});

test('an event that does not fit belongs to no batch', () => {
  const lane = fill(newLane(), 'one');
  expect(lane.append(['k', 'x'.repeat(3_000_000)], 'large')).toBe(Status.TOO_LARGE);
  fill(lane, 'one');
  expect(copyOf(lane)).toMatchObject({ events: 2, recorders: [['one', 2]] });
});

test('append() returns the bytes of the batch so far', () => {
  const lane = newLane();
  const first = lane.append(['event', '茶'], 'one');
  expect(lane.append(['event', '咖啡'], 'one') - first).toBe('{"event":""},'.length + 6);
});

test('a body of at most compressAbove bytes is not compressed', async () => {
  const recorders = Array<string>(50).fill('recorder');
  const bytes = copyOf(fill(newLane(await shippedCore()), ...recorders)).rawBytes;
  const encodingWith = async (compressAbove: number, maxBytes = NO_BOUND) => {
    const lane = newLane(await shippedCore(), 'normal', { compressAbove });
    const batch = fill(lane, ...recorders).seal(maxBytes, 'fast');
    return [batch?.encoding, batch?.events];
  };
  expect(await encodingWith(bytes)).toEqual(['plain', 50]);
  expect(await encodingWith(bytes - 1)).toEqual(['lz4', 50]);
  // Compressed it fits, uncompressed it would not.
  expect(await encodingWith(bytes, bytes - 1)).toEqual(['lz4', 50]);
  expect(await encodingWith(bytes, bytes)).toEqual(['plain', 50]);
});

test('a copy without compression is plain whatever its size', async () => {
  const lane = fill(newLane(await shippedCore()), ...Array<string>(50).fill('recorder'));
  expect(lane.seal(NO_BOUND, 'none')).toMatchObject({ encoding: 'plain', events: 50 });
  expect(lane.seal(NO_BOUND, 'fast')).toMatchObject({ encoding: 'lz4', events: 50 });
});

test('a lane that moves into the core hands out its events with their recorders', async () => {
  const lane = fill(newLane(), 'one', 'one', 'two');
  lane.discard(1);
  const events = lane.moveTo(await shippedCore());
  expect(events).toEqual([
    [['event', 'one'], 'one'],
    [['event', 'two'], 'two'],
  ]);
  expect(lane.events).toBe(0);
  for (const [fields, recorder] of events) lane.append(fields, recorder);
  const batch = copyOf(lane);
  expect(eventsOf(batch)).toEqual(['one', 'two']);
  expect(batch.recorders).toEqual([
    ['one', 1],
    ['two', 1],
  ]);
  expect(batch.number).toBe(1);
  expect(tagsOf(batch)).toEqual({ release: '7', batch_id: 'abc-1' });
});

test('a lane that moves empty hands out nothing and uses the core from then on', async () => {
  const core = await shippedCore();
  const lane = newLane();
  expect(lane.moveTo(core)).toEqual([]);
  fill(lane, 'one', 'two');
  expect(core.events).toBe(2);
  expect(tagsOf(copyOf(lane)).batch_id).toBe('abc-0');
});

test('close() frees the memory of the core once', async () => {
  const core = await shippedCore();
  const destroy = vi.spyOn(core, 'destroy');
  newLane(core).close();
  expect(destroy).toHaveBeenCalledOnce();
});
