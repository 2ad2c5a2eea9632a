// Sealed batches that no request has yet, kept in memory beside the outbox: they leave with the page.

import { batchId } from '../batch/batch_tags.ts';
import type { StoredBatch } from '../types.ts';

/** No more could leave with a page. */
const MOST_BYTES = 65_536;

export interface Unsent {
  batch: StoredBatch;
  /** Resolves once the outbox has it; undefined when nobody has put it there yet. */
  kept: Promise<void> | undefined;
}

export class UnsentBatches {
  readonly #batches = new Map<string, Unsent>();
  #bytes = 0;

  get size(): number {
    return this.#batches.size;
  }

  /** Holds a batch, if there is room. */
  hold(batch: StoredBatch, kept: Promise<void> | undefined): void {
    if (this.#bytes + batch.body.length > MOST_BYTES) return;
    this.#batches.set(batchId(batch), { batch, kept });
    this.#bytes += batch.body.length;
  }

  /** The batch is gone, or a request has it. */
  forget(batch: StoredBatch): void {
    const id = batchId(batch);
    this.#bytes -= this.#batches.get(id)?.batch.body.length ?? 0;
    this.#batches.delete(id);
  }

  clear(): void {
    this.#batches.clear();
    this.#bytes = 0;
  }

  /** Batches of high rank first. */
  inOrder(): Unsent[] {
    const isHigh = ({ batch }: Unsent) => Number(batch.rank === 'high');
    return [...this.#batches.values()].sort((a, b) => isHigh(b) - isHigh(a));
  }
}
