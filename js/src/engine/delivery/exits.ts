// Keeps track of requests that outlive the page: which batches they carry, and whether these count as delivered without
// an answer.

import { Map, Set } from '../../natives.ts';
import type { ExitPolicy } from '../../types.ts';
import { batchId } from '../batch/batch_tags.ts';
import type { Notes } from '../notes.ts';
import type { StoredBatch } from '../types.ts';

export class Exits {
  /** See the option `exit`. */
  policy: ExitPolicy = 'once';
  readonly #notes: Pick<Notes, 'isInDoubt'>;
  /** Batches in requests that outlive the page and have no answer yet. */
  readonly #unanswered = new Map<string, StoredBatch>();
  /** Ids of batches that count as delivered because the page ended before the answer. */
  readonly #assumed = new Set<string>();
  /** Ids of batches that were sent as a beacon, which has no answer. */
  readonly #beaconed = new Set<string>();

  constructor(notes: Pick<Notes, 'isInDoubt'>) {
    this.#notes = notes;
  }

  /** Whether a request that outlives the page counts as delivered without an answer. */
  get isTrusted(): boolean {
    const isOnline = globalThis.navigator?.onLine !== false;
    return this.policy === 'once' && !this.#notes.isInDoubt && isOnline;
  }

  /** Records that a request that outlives the page carries the batch. */
  sent(batch: StoredBatch): void {
    this.#unanswered.set(batchId(batch), batch);
  }

  /** Records the answer. True: the batch already counted as delivered. */
  answered(batch: StoredBatch): boolean {
    const id = batchId(batch);
    this.#unanswered.delete(id);
    return this.#assumed.delete(id);
  }

  beaconed(batch: StoredBatch): void {
    this.#beaconed.add(batchId(batch));
  }

  isBeaconed(batch: StoredBatch): boolean {
    return this.#beaconed.has(batchId(batch));
  }

  /** Call when the page ends and hears no more answers. Returns the batches that count as delivered from now on. */
  assumeDelivered(): StoredBatch[] {
    if (!this.isTrusted) return [];
    const batches = [...this.#unanswered.values()];
    for (const batch of batches) this.#assumed.add(batchId(batch));
    this.#unanswered.clear();
    return batches;
  }
}
