// Stored batches for the tests of the engine's parts.
import type { StoredBatch } from '../../../js/src/engine/types.ts';

export const TRACK_URL = 'https://log.example.com/logstores/web/track';

/** A batch of the batcher `abc` as the outbox keeps it. Its body has one byte unless the test says otherwise. */
export function storedBatch(more: Partial<StoredBatch> = {}): StoredBatch {
  return {
    body: new Uint8Array(1),
    rawBytes: 1,
    encoding: 'plain',
    events: 1,
    url: TRACK_URL,
    rank: 'normal',
    time: Date.now(),
    tracker: 'abc',
    number: 0,
    part: '',
    envelope: { source: 'web', topic: 't', tags: { release: '7' } },
    owned: true,
    recorders: [['rec', 1]],
    ...more,
  };
}

/** A body of so many bytes. */
export const bodyOfBytes = (bytes: number) => ({ body: new Uint8Array(bytes), rawBytes: bytes });

/** The ids of batches inside their batcher, such as `3.0`. */
export const namesOf = (batches: readonly StoredBatch[]) =>
  batches.map(({ number, part }) => `${number}${part}`);
