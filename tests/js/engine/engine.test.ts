import { expect, test, vi } from 'vitest';
import {
  batchIds,
  endpoint,
  groupOf,
  join,
  newEngine,
  type Recorder,
  refuse,
} from './engine_fixture.ts';

test('recorders with equal tags share a batch, and each is told about its own events', async () => {
  const engine = newEngine();
  const [one, other] = [join(engine, 'one'), join(engine, 'other', { flushInterval: 5 })];
  one.post('a', 'b');
  other.post('c');
  one.post('d');
  await one.session.flush();
  expect(endpoint.requests).toHaveLength(1);
  expect(endpoint.events).toEqual(['a', 'b', 'c', 'd']);
  expect([one.sent, other.sent]).toEqual([3, 1]);
  const bytes = Number(endpoint.requests[0]?.headers['content-length']);
  expect(one.wireBytes + other.wireBytes).toBe(bytes);
});

test('recorders with different tags have separate batches', async () => {
  const engine = newEngine();
  const [one, other] = [join(engine, 'one'), join(engine, 'other', { tags: { page: 'b' } })];
  one.post('a');
  other.post('b');
  await Promise.all([one.session.flush(), other.session.flush()]);
  expect(endpoint.requests.map(({ json }) => json.__tags__.page)).toEqual(
    expect.arrayContaining([undefined, 'b']),
  );
  expect(new Set(batchIds().map((id) => id?.split('-')[0])).size).toBe(2);
});

test('the newest recorder sets flushCount for a shared batch', async () => {
  const engine = newEngine();
  const one = join(engine, 'one');
  join(engine, 'other', { flushCount: 2 });
  await one.session.flush(); // loads the core
  one.post('a', 'b');
  await expect.poll(() => endpoint.events).toEqual(['a', 'b']);
});

test('a group posted twice is recorded once', async () => {
  const engine = newEngine();
  const one = join(engine, 'one');
  for (const number of [0, 1, 1, 0]) one.session.add(groupOf(number, String(number)));
  await one.session.flush();
  expect(endpoint.events).toEqual(['0', '1']);
});

test('a group is reported as stored when it is in the outbox, before it is sent', async () => {
  const one = join(newEngine(), 'one');
  one.post('a');
  one.post('b');
  await expect.poll(() => one.stored, { timeout: 10_000 }).toBe(1);
  expect(endpoint.requests).toEqual([]);
});

test('an empty group is reported as stored', async () => {
  const one = join(newEngine(), 'one');
  one.post();
  await expect.poll(() => one.stored, { timeout: 10_000 }).toBe(0);
});

test('a recorder that resumes is told the last group that this or an earlier engine has stored', async () => {
  const engine = newEngine();
  const one = join(engine, 'one');
  one.post('a');
  one.post('b');
  // The engine holds both groups but has not stored them, so they could still be lost.
  const again = join(engine, 'one', {}, true);
  expect(await again.session.stored).toBe(-1);
  // The recorder posts both again; they are recorded once.
  again.session.add(groupOf(0, 'a'));
  again.session.add(groupOf(1, 'b'));
  await expect.poll(() => again.stored, { timeout: 10_000 }).toBe(1);
  await again.session.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
  expect(await join(engine, 'one', {}, true).session.stored).toBe(1);

  const two = join(engine, 'two');
  two.post('a');
  await expect.poll(() => two.stored, { timeout: 10_000 }).toBe(0);
  const next = newEngine();
  expect(await join(next, 'two', {}, true).session.stored).toBe(0);
  expect(await join(next, 'three', {}, true).session.stored).toBe(-1);
});

test('events stored by an engine that died are sent once by the next engine', async () => {
  const { BroadcastChannel } = globalThis;
  // Without a channel this engine answers nobody, as if it had died.
  vi.stubGlobal('BroadcastChannel', undefined);
  const first = join(newEngine(), 'one');
  vi.stubGlobal('BroadcastChannel', BroadcastChannel);
  first.post('a', 'b');
  await expect.poll(() => first.stored, { timeout: 10_000 }).toBe(0);
  const second = join(newEngine(), 'one', {}, true);
  expect(await second.session.stored).toBe(0);
  second.session.add(groupOf(1, 'c'));
  await second.session.flush();
  await expect.poll(() => [...endpoint.events].sort()).toEqual(['a', 'b', 'c']);
  expect(endpoint.requests).toHaveLength(2);
});

test('losses of a recorder are in the tag "dropped" of its next batch', async () => {
  const one = join(newEngine(), 'one');
  one.session.add({ ...groupOf(0, 'a'), losses: [['invalid_event', 2]] });
  await one.session.flush();
  expect(endpoint.requests[0]?.json.__tags__.dropped).toBe('invalid_event:2');
  expect(one.drops).toEqual([]);
});

test('a high-priority event is sent at once, with the rest of its group', async () => {
  const one = join(newEngine(), 'one');
  await one.session.flush();
  one.session.add({ ...groupOf(0, 'a', 'b'), high: [1] });
  await expect.poll(() => [...endpoint.events].sort()).toEqual(['a', 'b']);
});

test('each recorder is told about its own lost events', async () => {
  const engine = newEngine();
  const [one, other] = [join(engine, 'one'), join(engine, 'other')];
  refuse();
  one.post('a');
  other.post('b', 'c');
  await one.session.flush();
  const lost = ({ drops }: Recorder) => drops.reduce((sum, { events }) => sum + events, 0);
  expect([lost(one), lost(other)]).toEqual([1, 2]);
});

test('losses of a paused recorder are reported to another recorder', async () => {
  const engine = newEngine();
  const [there, gone] = [join(engine, 'there'), join(engine, 'gone')];
  refuse();
  gone.post('a');
  gone.session.pause();
  await there.session.flush();
  expect(there.drops).toEqual([
    { reason: 'rejected', events: 1, status: 400, errorCode: 'PostBodyInvalid' },
  ]);
  expect(gone.drops).toEqual([]);
});

test('losses of a resumed recorder are reported to that recorder', async () => {
  const engine = newEngine();
  const [there, back] = [join(engine, 'there'), join(engine, 'back')];
  refuse();
  back.post('a');
  back.session.pause();
  back.session.resume();
  await there.session.flush();
  expect([there.drops.length, back.drops.length]).toEqual([0, 1]);
});
