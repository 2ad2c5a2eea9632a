// Sealed batches that no request carries yet. They are in memory as well as in the outbox, so that they can still be
// sent when the page ends.

import { KEEPALIVE_QUOTA } from '../../limits.ts';
import { Map, type Promise } from '../../natives.ts';
import { batchId } from '../batch/batch_tags.ts';
import type { StoredBatch } from '../types.ts';

export interface Unsent {
  batch: StoredBatch;
  /** Resolves once the batch is in the outbox; undefined if nobody has put it there yet. */
  kept: Promise<void> | undefined;
}

export class UnsentBatches {
  readonly #batches = new Map<string, Unsent>();
  #bytes = 0;

  get size(): number {
    return this.#batches.size;
  }

  /** Keeps a batch, if there is room. */
  hold(batch: StoredBatch, kept: Promise<void> | undefined): void {
    if (this.#bytes + batch.body.length > KEEPALIVE_QUOTA) return;
    this.#batches.set(batchId(batch), { batch, kept });
    this.#bytes += batch.body.length;
  }

  has(batch: StoredBatch): boolean {
    return this.#batches.has(batchId(batch));
  }

  /** Removes a batch that a request carries, or that no longer exists. */
  forget(batch: StoredBatch): void {
    const id = batchId(batch);
    this.#bytes -= this.#batches.get(id)?.batch.body.length ?? 0;
    this.#batches.delete(id);
  }

  clear(): void {
    this.#batches.clear();
    this.#bytes = 0;
  }

  /** The batches, those of high rank first. */
  inOrder(): Unsent[] {
    const isHigh = ({ batch }: Unsent) => Number(batch.rank === 'high');
    return [...this.#batches.values()].sort((a, b) => isHigh(b) - isHigh(a));
  }
}
