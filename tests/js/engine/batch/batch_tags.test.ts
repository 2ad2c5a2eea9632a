// The tags that the library adds to a batch.
import { expect, test } from 'vitest';
import { batchId, envelopeOf } from '../../../../js/src/engine/batch/batch_tags.ts';

const envelope = { source: 'web', topic: 't', tags: { release: '7' } };

test('the id of a batch has its batcher, its number and its piece', () => {
  expect(batchId({ tracker: 'abc', number: 12, part: '' })).toBe('abc-12');
  expect(batchId({ tracker: 'abc', number: 12, part: '.0.1' })).toBe('abc-12.0.1');
});

test('the id and the losses are added to the tags of the page', () => {
  expect(envelopeOf(envelope, 'abc-12', 'rejected:3')).toEqual({
    source: 'web',
    topic: 't',
    tags: { release: '7', batch_id: 'abc-12', dropped: 'rejected:3' },
  });
  expect(envelope.tags).toEqual({ release: '7' });
});

test.each([undefined, ''])('a batch without losses (%o) has no tag for them', (dropped) => {
  expect(envelopeOf(envelope, 'abc-0', dropped).tags).toEqual({ release: '7', batch_id: 'abc-0' });
});

test("a tag of the page with the library's name is replaced", () => {
  const tags = { batch_id: 'mine', dropped: 'nothing' };
  expect(envelopeOf({ ...envelope, tags }, 'abc-0', 'expired:1').tags).toEqual({
    batch_id: 'abc-0',
    dropped: 'expired:1',
  });
});
