// An open batch without the core: its body, the bytes that it counts, and its limits.
import { beforeEach, expect, test } from 'vitest';
import { NO_BOUND, Status } from '../../../../js/src/engine/batch/core.ts';
import { PlainBatch } from '../../../../js/src/engine/batch/plain.ts';
import { bodyOf, sealAll, shippedCore } from '../../shipped_core.ts';

/** The most bytes of a body. */
const MAX_BYTES = 2_800_000;

let open: PlainBatch;

beforeEach(() => {
  open = new PlainBatch();
});

const envelope = { source: 'web', topic: '', tags: { release: '7' } };
const utf8 = (text: string) => new TextEncoder().encode(text).length;
const eventsIn = (maxBytes: number) => open.seal(maxBytes)?.events ?? 0;

test('the body has the events in their order and the envelope', () => {
  open.append(['event', 'a']);
  open.append(['event', 'b', 'n', '2']);
  open.setEnvelope(envelope);
  const batch = sealAll(open);
  expect(bodyOf(batch)).toBe(
    '{"__logs__":[{"event":"a"},{"event":"b","n":"2"}],"__source__":"web","__tags__":{"release":"7"}}',
  );
  expect(batch).toMatchObject({ encoding: 'plain', events: 2, rawBytes: batch.body.length });
});

test('the body is the one that the core makes, also of Chinese text and lone surrogates', async () => {
  const core = await shippedCore();
  for (const batch of [open, core]) {
    batch.setEnvelope({ source: '网站', topic: '日志', tags: { 页面: '首页' } });
    batch.append(['event', '加入购物车', 'emoji', '😀']);
    batch.append(['event', 'a\ud800b\udc00', 'quote', '"\n']);
  }
  expect(bodyOf(sealAll(open))).toBe(bodyOf(sealAll(core, 'none')));
  expect(sealAll(open).rawBytes).toBe(sealAll(core, 'none').rawBytes);
});

test.each<[string, string, number]>([
  ['ASCII text', 'tea', 3],
  ['Chinese text', '龙井茶', 9],
  ['an emoji', '😀', 4],
  ['a lone surrogate, which becomes U+FFFD', '\ud83d', 3],
  ['text with an escape', '"\0', 8],
])('append() counts the bytes of %s', (_, text, bytes) => {
  const before = open.append(['event', '']);
  const after = open.append(['k', text]);
  const jsonBytes = utf8('{"k":""},') + bytes;
  expect(after - before).toBe(jsonBytes);
  const { rawBytes } = sealAll(open);
  open.append(['k', text]);
  expect(sealAll(open).rawBytes - rawBytes).toBe(jsonBytes);
});

test('setEnvelope() counts the bytes of the tags', () => {
  open.append(['event', 'a']);
  const short = open.setEnvelope(envelope);
  const { rawBytes } = sealAll(open);
  const long = open.setEnvelope({ ...envelope, tags: { release: '7', 页: '首页' } });
  expect(long - short).toBe(utf8(',"页":"首页"'));
  expect(sealAll(open).rawBytes - rawBytes).toBe(utf8(',"页":"首页"'));
});

test('seal() takes only the oldest events that fit, by their bytes and not their characters', () => {
  for (const event of ['一', '二', '三']) open.append(['event', event.repeat(100)]);
  const { rawBytes } = sealAll(open);
  const oneEvent = utf8(`{"event":"${'一'.repeat(100)}"},`);
  expect(eventsIn(NO_BOUND)).toBe(3);
  expect(eventsIn(rawBytes + 1)).toBe(3);
  expect(eventsIn(rawBytes - 1)).toBe(2);
  expect(eventsIn(rawBytes - oneEvent - 1)).toBe(1);
  expect(eventsIn(rawBytes - 2 * oneEvent - 1)).toBe(0);
  const part = open.seal(rawBytes - 1);
  expect(part?.body.length).toBe(rawBytes - oneEvent);
  expect(part?.rawBytes).toBe(rawBytes - oneEvent);
});

test('nothing is sealed if the batch is empty, or the first event does not fit', () => {
  expect(open.seal(NO_BOUND)).toBeUndefined();
  open.append(['event', 'a'.repeat(100)]);
  open.append(['event', 'b']);
  expect(open.seal(60)).toBeUndefined();
});

test('sealed events stay until they are discarded, the oldest first', () => {
  for (const event of ['a', 'b', 'c']) open.append(['event', event]);
  sealAll(open);
  expect(open.events).toBe(3);
  open.discard(2);
  expect(open.events).toBe(1);
  expect(JSON.parse(bodyOf(sealAll(open))).__logs__).toEqual([{ event: 'c' }]);
  open.discard(5);
  expect(open.events).toBe(0);
});

test('discarded events no longer count as bytes', () => {
  const first = open.append(['event', '茶']);
  open.append(['event', '咖啡']);
  open.discard(2);
  expect(open.append(['event', '茶'])).toBe(first);
});

test('take() returns the fields of the events that it removes', () => {
  for (const event of ['a', 'b\ud800', 'c']) open.append(['event', event]);
  expect(open.take(2)).toEqual([
    ['event', 'a'],
    ['event', 'b\ud800'],
  ]);
  expect(open.take(9)).toEqual([['event', 'c']]);
  expect(open.take(1)).toEqual([]);
});

test.each<[string, string, number]>([
  ['ASCII text', 'a', 1],
  ['Chinese text', '茶', 3],
  ['lone surrogates', '\ud800', 3],
])('an event of %s that is larger than a body may be is refused', (_, character, bytes) => {
  const characters = Math.floor(MAX_BYTES / bytes);
  expect(open.append(['k', character.repeat(characters)])).toBe(Status.TOO_LARGE);
  expect(open.events).toBe(0);
  const length = open.append(['k', character.repeat(characters - 50)]);
  expect(length).toBeGreaterThan(MAX_BYTES - 200);
  expect(length).toBeLessThanOrEqual(MAX_BYTES);
});

test('an event that does not fit beside the others is refused as full, and fits later', () => {
  const large = ['k', '茶'.repeat(500_000)];
  expect(open.append(large)).toBeGreaterThan(1_500_000);
  expect(open.append(large)).toBe(Status.FULL);
  expect(open.append(['k', 'small'])).toBeGreaterThan(1_500_000);
  expect(open.events).toBe(2);
  open.discard(1);
  expect(open.append(large)).toBeGreaterThan(1_500_000);
  expect(open.events).toBe(2);
});

test('a batch is full after 4096 events', () => {
  for (let n = 0; n < 4_096; n++) expect(open.append(['n', String(n)])).toBeGreaterThan(0);
  expect(open.append(['n', 'more'])).toBe(Status.FULL);
  expect(open.events).toBe(4_096);
  open.discard(1);
  expect(open.append(['n', 'more'])).toBeGreaterThan(0);
});

test('long tags leave less room for events', () => {
  const tags = { long: '茶'.repeat(500_000) };
  const large = ['k', 'a'.repeat(1_400_000)];
  open.setEnvelope({ ...envelope, tags });
  expect(open.append(large)).toBe(Status.TOO_LARGE);
  open.setEnvelope(envelope);
  expect(open.append(large)).toBeGreaterThan(1_400_000);
});
