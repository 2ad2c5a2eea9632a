// Requests that outlive their page: what left by them, and whether it counts as delivered without an answer.

import type { ExitPolicy } from '../../types.ts';
import { batchId } from '../batch/batch_tags.ts';
import type { Notes } from '../notes.ts';
import type { StoredBatch } from '../types.ts';

export class Exits {
  /** See the option. */
  policy: ExitPolicy = 'once';
  readonly #notes: Pick<Notes, 'isInDoubt'>;
  /** In a request that outlives the page, to which no answer has come. */
  readonly #unanswered = new Map<string, StoredBatch>();
  /** Of these, what counts as delivered, as the page has gone. */
  readonly #assumed = new Set<string>();
  /** Left as a beacon, to which no answer comes. */
  readonly #beaconed = new Set<string>();

  constructor(notes: Pick<Notes, 'isInDoubt'>) {
    this.#notes = notes;
  }

  /** Whether such a request counts as delivered without an answer. */
  get isTrusted(): boolean {
    const isOnline = globalThis.navigator?.onLine !== false;
    return this.policy === 'once' && !this.#notes.isInDoubt && isOnline;
  }

  /** A request that outlives the page has the batch. */
  sent(batch: StoredBatch): void {
    this.#unanswered.set(batchId(batch), batch);
  }

  /** The answer has come. True: the batch was taken for delivered before. */
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

  /** The page has gone, and hears no answer: what counts as delivered from now on. */
  assume(): StoredBatch[] {
    if (!this.isTrusted) return [];
    const batches = [...this.#unanswered.values()];
    for (const batch of batches) this.#assumed.add(batchId(batch));
    this.#unanswered.clear();
    return batches;
  }
}
