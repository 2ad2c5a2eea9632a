// Counts a tracker's events and losses, and calls the page's hooks `onDrop` and `onNotice`.

import { Map, Promise } from '../natives.ts';
import type { Counts, Drop, DropReason, Notice } from '../types.ts';
import type { Settings } from './options.ts';

export class Report {
  readonly counts: Counts = { tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 };
  readonly #hooks: Pick<Settings, 'onDrop' | 'onNotice'>;
  /** Events lost in this page since the last `takeLosses`, by reason. */
  #losses = new Map<DropReason, number>();
  #isInHook = false;

  constructor(hooks: Pick<Settings, 'onDrop' | 'onNotice'>) {
    this.#hooks = hooks;
  }

  /** Events, or a field of one, were lost in this page. */
  drop(drop: Drop): void {
    const { reason, events } = drop;
    if (events > 0) this.#losses.set(reason, (this.#losses.get(reason) ?? 0) + events);
    this.relay(drop);
  }

  /** The engine lost events. It counts them itself, so they do not go into `takeLosses`. */
  relay(drop: Drop): void {
    this.counts.dropped += drop.events;
    this.#callHook(() => this.#hooks.onDrop?.(drop));
  }

  notice(notice: Notice): void {
    this.#callHook(() => this.#hooks.onNotice?.(notice));
  }

  /** Events lost in this page since the last call, for the tag `dropped`. */
  takeLosses(): readonly (readonly [reason: DropReason, events: number])[] {
    const losses = [...this.#losses];
    this.#losses.clear();
    return losses;
  }

  /** Runs `work` and swallows what it throws. A failure counts as `internal_error` with `events` events lost. */
  guarded(work: () => void, events = 0): void {
    try {
      work();
    } catch {
      this.drop({ reason: 'internal_error', events });
    }
  }

  #callHook(hook: () => unknown): void {
    // Events that a hook tracks may be lost, too. Only count them: calling the hook again could loop for ever.
    if (this.#isInHook) return;
    this.#isInHook = true;
    try {
      // An error in a hook must not break the tracker, and a rejection must not reach the page's own error handlers.
      Promise.resolve(hook()).catch(() => {});
    } catch {}
    this.#isInHook = false;
  }
}
