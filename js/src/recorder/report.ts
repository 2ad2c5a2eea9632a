// What became of a tracker's events: its counts, what was lost and why, and the page's hooks that hear of it.

import type { Settings } from '../options.ts';
import type { Counts, Drop, DropReason, Notice } from '../types.ts';

export class Report {
  readonly counts: Counts = { tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 };
  readonly #hooks: Pick<Settings, 'onDrop' | 'onNotice'>;
  /** Lost here, and not yet told to the engine. */
  #losses = new Map<DropReason, number>();
  /** A hook of the page is being called. */
  #telling = false;

  constructor(hooks: Pick<Settings, 'onDrop' | 'onNotice'>) {
    this.#hooks = hooks;
  }

  /** Something is lost on the page. */
  drop(drop: Drop): void {
    const { reason, events } = drop;
    if (events > 0) this.#losses.set(reason, (this.#losses.get(reason) ?? 0) + events);
    this.told(drop);
  }

  /** The engine has lost something, and counted it. */
  told(drop: Drop): void {
    this.counts.dropped += drop.events;
    this.#tell(() => this.#hooks.onDrop?.(drop));
  }

  notice(notice: Notice): void {
    this.#tell(() => this.#hooks.onNotice?.(notice));
  }

  /** What was lost on the page since the last call, for the tag `dropped`. */
  takeLosses(): readonly (readonly [reason: DropReason, events: number])[] {
    const losses = [...this.#losses];
    this.#losses.clear();
    return losses;
  }

  /** Does `work`, of which nothing reaches the page; a failure costs `events`. */
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
