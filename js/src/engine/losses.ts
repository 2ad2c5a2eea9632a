// What an engine lost of its events, for the tag that tells the store.

import type { DropReason } from '../types.ts';

export class Losses {
  readonly #lost = new Map<DropReason, number>();

  add(reason: DropReason, events: number): void {
    if (events > 0) this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + events);
  }

  /** The losses so far as the tag `dropped` has them, `{reason}:{events},…`; '' for none. */
  get tag(): string {
    return Array.from(this.#lost, ([reason, events]) => `${reason}:${events}`).join();
  }
}
