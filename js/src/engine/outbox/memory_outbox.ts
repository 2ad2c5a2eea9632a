// The outbox in memory, for pages that cannot store anything.

import { Map, type Promise } from '../../natives.ts';
import type { StoredBatch } from '../types.ts';
import {
  bySendOrder,
  excess,
  idOf,
  type Outbox,
  type OutboxHooks,
  type OutboxSettings,
  type Wanted,
} from './outbox.ts';

/** A page that records for days without storage must not grow. */
const MAX_DELETED = 1_000;

/** Its batches are lost when the page ends. */
export class MemoryOutbox implements Outbox {
  readonly outlivesPage = false;
  readonly #batches = new Map<string, StoredBatch>();
  /** Deleted batches that were not here, without their bodies: storage may have them. */
  readonly deletedElsewhere: StoredBatch[] = [];
  readonly #settings: OutboxSettings;
  readonly #hooks: OutboxHooks;

  constructor(settings: OutboxSettings, hooks: OutboxHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  async put(batches: readonly StoredBatch[], replaced?: StoredBatch): Promise<void> {
    if (replaced) void this.delete(replaced);
    for (const batch of batches) this.#batches.set(idOf(batch), batch);
    for (const [batch, reason] of excess(
      [...this.#batches.values()],
      this.#settings,
      this.#hooks.evictable,
    )) {
      this.#batches.delete(idOf(batch));
      this.#hooks.evicted(batch, reason);
    }
  }

  /** Removes all batches and returns them. */
  takeAll(): StoredBatch[] {
    const batches = [...this.#batches.values()];
    this.#batches.clear();
    return batches;
  }

  async retryStorage(): Promise<void> {}

  announce(): void {}

  pause(): void {}

  resume(): void {}

  async saveOpen(): Promise<void> {}

  async progressOf(): Promise<number> {
    return -1;
  }

  markDelivered(batch: StoredBatch): void {
    void this.delete(batch);
  }

  async delete(batch: StoredBatch): Promise<void> {
    if (this.#batches.delete(idOf(batch)) || this.deletedElsewhere.length >= MAX_DELETED) return;
    this.deletedElsewhere.push({ ...batch, body: new Uint8Array() });
  }

  async next(url: string, wanted: Wanted): Promise<StoredBatch | undefined> {
    return [...this.#batches.values()]
      .filter((batch) => batch.url === url && wanted(batch))
      .sort(bySendOrder)[0];
  }

  async owners(): Promise<string[]> {
    return [];
  }

  async adopt(): Promise<void> {}

  async lease(): Promise<boolean> {
    return true;
  }

  close(): void {}
}
