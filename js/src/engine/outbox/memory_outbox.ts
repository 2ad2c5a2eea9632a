// The outbox of a page that may not store anything.

import type { StoredBatch } from '../types.ts';
import {
  bySending,
  excess,
  idOf,
  type Outbox,
  type OutboxHooks,
  type OutboxSettings,
  type Wanted,
} from './outbox.ts';

/** Forgets everything with the page. */
export class MemoryOutbox implements Outbox {
  readonly outlivesPage = false;
  readonly #batches = new Map<string, StoredBatch>();
  readonly #settings: OutboxSettings;
  readonly #hooks: OutboxHooks;

  constructor(settings: OutboxSettings, hooks: OutboxHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  async put(batches: readonly StoredBatch[], instead?: StoredBatch): Promise<void> {
    if (instead) this.#batches.delete(idOf(instead));
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

  /** Hands all of it over. */
  takeAll(): StoredBatch[] {
    const batches = [...this.#batches.values()];
    this.#batches.clear();
    return batches;
  }

  async again(): Promise<void> {}

  expect(): void {}

  leave(): void {}

  back(): void {}

  async saveOpen(): Promise<void> {}

  async progressOf(): Promise<number> {
    return -1;
  }

  letGo(batch: StoredBatch): void {
    this.#batches.delete(idOf(batch));
  }

  async delete(batch: StoredBatch): Promise<void> {
    this.#batches.delete(idOf(batch));
  }

  async next(url: string, wanted: Wanted): Promise<StoredBatch | undefined> {
    return [...this.#batches.values()]
      .filter((batch) => batch.url === url && wanted(batch))
      .sort(bySending)[0];
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
