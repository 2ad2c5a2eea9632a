// What became of a tracker's events: its counts, what was lost and why, and the page's hooks that hear of it.

import type { Settings } from './options.ts';
import type { Counts, Drop, DropReason, Notice } from './types.ts';

export class Losses {
  readonly counts: Counts = { tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 };
  readonly #hooks: Pick<Settings, 'onDrop' | 'onNotice'>;
  /** Events lost, by reason. */
  readonly #lost = new Map<DropReason, number>();
  /** A hook of the page is being called. */
  #telling = false;

  constructor(hooks: Pick<Settings, 'onDrop' | 'onNotice'>) {
    this.#hooks = hooks;
  }

  /** What is lost so far as the tag `dropped` says it, `{reason}:{events},…`; '' for nothing. */
  get tag(): string {
    return Array.from(this.#lost, ([reason, events]) => `${reason}:${events}`).join();
  }

  drop(drop: Drop): void {
    const { reason, events } = drop;
    this.counts.dropped += events;
    if (events > 0) this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + events);
    this.#tell(() => this.#hooks.onDrop?.(drop));
  }

  notice(notice: Notice): void {
    this.#tell(() => this.#hooks.onNotice?.(notice));
  }

  /** Does `work`, of which nothing reaches the page; what it throws costs `events`. */
  guarded(work: () => void, events = 0): void {
    try {
      work();
    } catch {
      this.drop({ reason: 'internal_error', events });
    }
  }

  #tell(hook: () => void): void {
    // What a hook itself tracks and loses is only counted: telling it would go round for ever.
    if (this.#telling) return;
    this.#telling = true;
    try {
      hook();
    } catch {
      // A hook's mistake is not the page's.
    }
    this.#telling = false;
  }
}
