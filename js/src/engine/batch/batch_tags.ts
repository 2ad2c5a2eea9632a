// The tags that the library adds to those of the page: what a reader of the store tells batches by.

import type { Envelope, StoredBatch } from '../types.ts';

/** Tag that names a batch, so that a reader of the store can tell a repeat. */
export const BATCH_ID_TAG = 'batch_id';
/** Tag that says how many of a tracker's events were lost so far, and why. */
export const DROPPED_TAG = 'dropped';

/** What `batch_id` says. */
export function batchId({
  tracker,
  number,
  part,
}: Pick<StoredBatch, 'tracker' | 'number' | 'part'>) {
  return `${tracker}-${number}${part}`;
}

/** An envelope with the tags that the library adds. */
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
