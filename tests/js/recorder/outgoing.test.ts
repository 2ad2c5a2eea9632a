// Events on their way to the engine: groups, confirmations, an engine that stops answering, and exits.
import { expect, test, vi } from 'vitest';
import {
  add,
  beacons,
  bodies,
  drops,
  engine,
  engines,
  named,
  notices,
  PATIENCE_MS,
  page,
  report,
  start,
  storage,
} from './outgoing_fixture.ts';

test('no engine is started and nothing is sent without events', async () => {
  const outgoing = start();
  outgoing.hide(page());
  outgoing.show();
  outgoing.pause();
  outgoing.resume();
  await outgoing.end(page());
  expect(outgoing.isUnused).toBe(true);
  expect([engines, beacons, [...storage]]).toEqual([[], [], []]);
});

test('events are posted in numbered groups with the losses before them', async () => {
  const outgoing = start();
  add(outgoing, 'a', 'b');
  outgoing.add(['event', 'c'], 'high');
  report.drop({ reason: 'invalid_event', events: 1 });
  outgoing.post();
  await outgoing.connect();
  add(outgoing, 'd');
  expect(engine().groups).toHaveLength(1);
  outgoing.post();
  outgoing.post();
  expect(engine().groups).toMatchObject([
    { number: 0, high: [2], losses: [['invalid_event', 1]] },
    { number: 1, high: [], losses: [] },
  ]);
  expect(engine().groups.map(named)).toEqual([['a', 'b', 'c'], ['d']]);
});

test('a full group is posted at once', async () => {
  const outgoing = start();
  await outgoing.connect();
  add(outgoing, ...Array.from({ length: 101 }, (_, n) => String(n)));
  expect(engine().groups.map(({ events }) => events.length)).toEqual([50, 50]);
});

test('at most 4,096 events wait for an engine, and posted events do not count', async () => {
  const outgoing = start();
  add(outgoing, ...Array.from({ length: 4_100 }, () => 'x'));
  expect(drops).toEqual(Array(4).fill({ reason: 'queue_full', events: 1 }));
  await outgoing.connect();
  add(outgoing, ...Array.from({ length: 100 }, () => 'x'));
  outgoing.post();
  expect(drops).toHaveLength(4);
  expect(engine().groups.reduce((sum, { events }) => sum + events.length, 0)).toBe(4_196);
});

test('the text of waiting events is limited, and so is the text of one event', async () => {
  const outgoing = start();
  add(outgoing, 'x'.repeat(2_800_000));
  expect(drops).toEqual([{ reason: 'too_large', events: 1 }]);
  add(outgoing, 'x'.repeat(2_000_000), 'x'.repeat(900_000), 'x');
  expect(drops.slice(1)).toEqual([{ reason: 'queue_full', events: 1 }]);
});

test('events sent by a beacon do not count as waiting', () => {
  const outgoing = start({ isMissing: () => true });
  for (let n = 0; n < 100; n++) {
    add(outgoing, 'x'.repeat(50_000));
    outgoing.hide(page());
  }
  expect(drops).toEqual([]);
  expect(beacons).toHaveLength(100);
});

test('a confirmation covers all earlier groups, so only later groups are posted again', async () => {
  const outgoing = start();
  await outgoing.connect();
  for (const event of ['a', 'b', 'c']) {
    add(outgoing, event);
    outgoing.post();
  }
  engine().listener.stored(1);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(engines).toHaveLength(1); // the wait begins anew with the oldest group that is left
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(engines).toHaveLength(2);
  expect(engine(1).resumed).toBe(true);
  expect(engine(1).groups.map(named)).toEqual([['c']]);
});

test('an engine that is known to have died is replaced at once', async () => {
  const outgoing = start();
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.post();
  engine().listener.died();
  await vi.advanceTimersByTimeAsync(0);
  expect(engine(0).calls).toEqual(['gone']);
  expect(engine(1).resumed).toBe(true);
  expect(engine(1).groups.map(named)).toEqual([['a']]);
  engine(0).listener.died();
  await vi.advanceTimersByTimeAsync(0);
  expect(engines).toHaveLength(2);
  expect(notices).toEqual([{ kind: 'worker_died' }]);
});

test('the wait for a dead engine does not end the search for the next one', async () => {
  const outgoing = start();
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.post();
  await vi.advanceTimersByTimeAsync(PATIENCE_MS - 10);
  engine().listener.died();
  await vi.advanceTimersByTimeAsync(0);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS - 10);
  expect(engines).toHaveLength(2);
});

test('an engine that does not answer is replaced, and the new one gets the missing groups', async () => {
  let received = -1;
  const outgoing = start({ received: () => received });
  await outgoing.connect();
  for (const event of ['a', 'b', 'c']) {
    add(outgoing, event);
    outgoing.post();
  }
  received = 0;
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(engine(1).groups.map(named)).toEqual([['b'], ['c']]);
  engine(1).listener.stored(2);
  await vi.advanceTimersByTimeAsync(10 * PATIENCE_MS);
  expect(engines).toHaveLength(2);
});

test('an engine in the page itself is never replaced', async () => {
  const outgoing = start({ isLocal: true });
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.post();
  await vi.advanceTimersByTimeAsync(10 * PATIENCE_MS);
  expect(engines).toHaveLength(1);
});

test('no engine is replaced while the page is in the back/forward cache', async () => {
  const outgoing = start();
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.post();
  outgoing.pause();
  await vi.advanceTimersByTimeAsync(10 * PATIENCE_MS);
  expect(engines).toHaveLength(1);
  outgoing.resume();
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(engines).toHaveLength(2);
});

test('flush() asks the engine, and its replacement if the engine dies', async () => {
  const outgoing = start();
  add(outgoing, 'a');
  let isDone = false;
  const flushed = outgoing.flush().then(() => {
    isDone = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  engine().listener.stored(0);
  engine().answer();
  await flushed;
  isDone = false;
  const again = outgoing.flush().then(() => {
    isDone = true;
  });
  // Everything is stored, so the flush posts an empty group to check that the engine is alive.
  await vi.advanceTimersByTimeAsync(0);
  expect(engine().groups.map(named)).toEqual([['a'], []]);
  await vi.advanceTimersByTimeAsync(2 * PATIENCE_MS);
  expect(isDone).toBe(false);
  expect(engine(1).isFlushing).toBe(true);
  engine(1).answer();
  await again;
  expect(isDone).toBe(true);
});

test('notes of earlier pages are handed to a worker, and deleted when it has stored them', async () => {
  storage.set('webtrack old 0', '{}');
  storage.set('webtrack identity', 'a/b///5');
  const outgoing = start();
  await outgoing.connect();
  expect(engine().notes).toEqual(['webtrack old 0']);
  engine().listener.noteStored('webtrack old 0');
  expect([...storage.keys()]).toEqual(['webtrack identity']);
});

test('shutdown without an engine sends the events by a beacon', async () => {
  const outgoing = start({ isMissing: () => true });
  add(outgoing, 'a');
  await outgoing.end(page());
  expect((await bodies()).map(({ __logs__ }) => __logs__)).toEqual([[{ event: 'a' }]]);
});

test('an engine that did not load is requested again with back-off, and reported once', async () => {
  let asked = 0;
  const outgoing = start({ isMissing: () => ++asked < 4 });
  add(outgoing, 'a');
  outgoing.post();
  await outgoing.connect();
  const seen: number[] = [];
  for (let second = 1; second <= 14; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    seen.push(asked);
  }
  expect(seen).toEqual([1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4]);
  expect(engine().groups.map(named)).toEqual([['a']]);
  expect(notices).toEqual([{ kind: 'engine_failed', message: 'gone' }]);
});

test('events are saved as notes while no engine loads, at most 64 KiB of them', async () => {
  const outgoing = start({ isMissing: () => true });
  add(outgoing, 'a');
  await outgoing.connect();
  add(outgoing, 'b'.repeat(40_000));
  add(outgoing, 'c'.repeat(40_000));
  await vi.advanceTimersByTimeAsync(2_000);
  add(outgoing, 'd');
  await vi.advanceTimersByTimeAsync(4_000);
  expect([...storage.keys()]).toEqual(['webtrack rec 0', 'webtrack rec 1', 'webtrack rec 3']);
});

test('an engine that loads at last is asked which notes it has, and these are removed', async () => {
  let asked = 0;
  const outgoing = start({ isMissing: () => ++asked < 2, received: () => 0 });
  add(outgoing, 'a');
  await outgoing.connect();
  add(outgoing, 'b');
  await vi.advanceTimersByTimeAsync(2_000);
  outgoing.post();
  expect(engine().resumed).toBe(true);
  expect(engine().groups.map(named)).toEqual([['b']]);
  expect([...storage.keys()]).toEqual([]);
});

test('an engine gets a group that found no room for its note, although it has a later one', async () => {
  let asked = 0;
  // Another page has taken the last note meanwhile.
  const outgoing = start({ isMissing: () => ++asked < 2, received: () => 2 });
  add(outgoing, 'a'.repeat(40_000));
  outgoing.post();
  add(outgoing, 'b'.repeat(40_000));
  outgoing.post();
  add(outgoing, 'c');
  await outgoing.connect();
  expect([...storage.keys()]).toEqual(['webtrack rec 0', 'webtrack rec 2']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(engine().groups.map(({ number }) => number)).toEqual([1]);
});

test('a group counts as saved only if the browser had room for its note', async () => {
  let isFull = true;
  vi.spyOn(storage, 'set').mockImplementation(function (this: Map<string, string>, key, text) {
    if (isFull) throw new Error('QuotaExceededError');
    return Map.prototype.set.call(this, key, text) as Map<string, string>;
  });
  const outgoing = start({ isMissing: () => true });
  add(outgoing, 'a');
  await outgoing.connect();
  expect([...storage.keys()]).toEqual([]);
  isFull = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect([...storage.keys()]).toEqual(['webtrack rec 0']);
});

test('an engine that loads in the page at last gets the groups, and no notes', async () => {
  let asked = 0;
  const outgoing = start({ isMissing: () => ++asked < 2, isLocal: true });
  add(outgoing, 'a');
  await outgoing.connect();
  expect([...storage.keys()]).toEqual(['webtrack rec 0']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(engine().groups.map(named)).toEqual([['a']]);
  expect([...storage.keys()]).toEqual([]);
});

test('shutdown ends the requests for an engine', async () => {
  let asked = 0;
  const outgoing = start({ isMissing: () => ++asked > 0 });
  add(outgoing, 'a');
  await outgoing.end(page());
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toBe(1);
});

test('reports of the engine are counted and passed to the hooks', async () => {
  const outgoing = start();
  await outgoing.connect();
  engine().listener.delivered({ events: 2, rawBytes: 100, wireBytes: 50, isAnswered: true });
  engine().listener.lost({ reason: 'queue_full', events: 3 });
  engine().listener.notice({ kind: 'memory_only' });
  expect(report.counts).toMatchObject({ sent: 2, rawBytes: 100, wireBytes: 50, dropped: 3 });
  expect(drops).toEqual([{ reason: 'queue_full', events: 3 }]);
  expect(notices).toEqual([{ kind: 'memory_only' }]);
  // The engine has already counted this loss, so it is not sent back.
  expect(report.takeLosses()).toEqual([]);
});
