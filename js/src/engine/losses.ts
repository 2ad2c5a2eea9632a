// Counts the events that a batcher and its recorders lost, for the tag `dropped` in the store.

import { Map } from '../natives.ts';
import type { DropReason } from '../types.ts';

export class Losses {
  readonly #lost = new Map<DropReason, number>();

  add(reason: DropReason, events: number): void {
    if (events > 0) this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + events);
  }

  /** Value of the tag `dropped`: all losses so far as `{reason}:{events},…`; '' for none. */
  get tag(): string {
    return [...this.#lost].map(([reason, events]) => `${reason}:${events}`).join();
  }
}
