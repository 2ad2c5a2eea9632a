// The tags that the library adds to every batch beside those of the page.

import type { Envelope, StoredBatch } from '../types.ts';

/** Tag with the batch's id, by which a reader of the store recognizes a repeat. */
export const BATCH_ID_TAG = 'batch_id';
/** Tag with what a batcher and its recorders have lost so far, by reason, as text. */
export const DROPPED_TAG = 'dropped';

/** The value of `batch_id`. */
export function batchId({
  tracker,
  number,
  part,
}: Pick<StoredBatch, 'tracker' | 'number' | 'part'>) {
  return `${tracker}-${number}${part}`;
}

/** The envelope with the library's tags added. */
export function envelopeOf(
  { source, topic, tags }: Envelope,
  id: string,
  dropped?: string,
): Envelope {
  return {
    source,
    topic,
    tags: { ...tags, [BATCH_ID_TAG]: id, ...(dropped && { [DROPPED_TAG]: dropped }) },
  };
}
