// Which recorders share batches.
import { expect, test } from 'vitest';
import { batchKeyOf, type EngineSettings } from '../../../js/src/engine/settings.ts';

const SETTINGS: EngineSettings = {
  url: 'https://log.example.com/logstores/web/track',
  source: '',
  topic: '',
  tags: { release: '7', window: 'small' },
  flushCount: 200,
  flushBytes: 65_536,
  flushInterval: 10_000,
  compression: 'lz4',
  compressAbove: 1_024,
  storage: true,
  outboxBytes: 4_194_304,
  outboxAge: 604_800_000,
  exit: 'once',
  coreUrl: undefined,
};

const keyWith = (more: Partial<EngineSettings>) => batchKeyOf({ ...SETTINGS, ...more });

test.each<Partial<EngineSettings>>([
  { url: 'https://log.example.com/logstores/app/track' },
  { source: 'web' },
  { topic: 'web' },
  { tags: { release: '8', window: 'small' } },
  { tags: { release: '7' } },
  { tags: { release: '7', window: 'small', more: '' } },
  { compression: 'deflate' },
  { compressAbove: 0 },
  { storage: false },
])('recorders do not share batches if one has %o', (more) => {
  expect(keyWith(more)).not.toBe(keyWith({}));
});

test('a topic is not confused with the same text as a source', () => {
  expect(keyWith({ source: 'a' })).not.toBe(keyWith({ topic: 'a' }));
});

test('the order of tags does not matter', () => {
  expect(keyWith({ tags: { window: 'small', release: '7' } })).toBe(keyWith({}));
});

test('computing the key leaves the tags as they are', () => {
  const tags = Object.freeze({ b: '1', a: '2' });
  keyWith({ tags });
  expect(Object.keys(tags)).toEqual(['b', 'a']);
});

test.each<Partial<EngineSettings>>([
  { flushCount: 1 },
  { flushBytes: 1 },
  { flushInterval: 1 },
  { outboxBytes: 1 },
  { outboxAge: 1 },
  { exit: 'certain' },
  { coreUrl: 'https://shop.example/core.wasm' },
])('recorders share batches although one has %o', (more) => {
  expect(keyWith(more)).toBe(keyWith({}));
});
