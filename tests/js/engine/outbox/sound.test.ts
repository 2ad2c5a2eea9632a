// Records of the database that any script of the origin may have written.
import { expect, test } from 'vitest';
import { isBatch, isProgress } from '../../../../js/src/engine/outbox/sound.ts';
import { storedBatch } from '../batch_fixture.ts';

test('a batch of this library is sound, also one of version 0.1.0', () => {
  expect(isBatch(storedBatch())).toBe(true);
  const { recorders: _, ...old } = storedBatch();
  expect(isBatch(old)).toBe(true);
  expect(isBatch(structuredClone(storedBatch({ part: '.0.1', rank: 'high' })))).toBe(true);
});

const DAMAGED: Record<string, unknown> = {
  url: 7,
  part: undefined,
  tracker: null,
  number: 'first',
  time: Number.NaN,
  events: -1,
  rawBytes: 1.5,
  rank: 'urgent',
  encoding: 'zip',
  body: 'text',
  envelope: null,
  recorders: [['rec']],
};

test.each(Object.entries(DAMAGED))('a batch with a damaged %s is not: %o', (field, value) => {
  expect(isBatch({ ...storedBatch(), [field]: value })).toBe(false);
});

test.each([
  ['a tag that is no text', { source: '', topic: '', tags: { n: 7 } }],
  ['no tags', { source: '', topic: '' }],
  ['a source that is no text', { source: {}, topic: '', tags: {} }],
])('a batch whose envelope has %s is not', (_, envelope) => {
  expect(isBatch({ ...storedBatch(), envelope })).toBe(false);
});

test.each([[null], ['text'], [7], [[]], [{}], [new Date()], [{ tracker: 'x'.repeat(5_000) }]])(
  '%o is neither a batch nor progress',
  (value) => {
    expect([isBatch(value), isProgress(value)]).toEqual([false, false]);
  },
);

test('progress has an owner, a number and a time', () => {
  const progress = { tracker: 'abc', number: 3, time: 1_000 };
  expect(isProgress(progress)).toBe(true);
  for (const field of Object.keys(progress))
    expect(isProgress({ ...progress, [field]: {} })).toBe(false);
});
