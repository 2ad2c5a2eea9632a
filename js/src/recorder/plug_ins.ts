// The plug-ins of a tracker: starts and ends them, tells them what happens, and asks them what they say of every event.

import type { Capture, Moments, Sink, TrackEvent } from '../types.ts';
import type { IdleWork } from './idle_work.ts';
import type { Report } from './report.ts';

type Fields = Readonly<Record<string, string>>;
type Listeners = { [Moment in keyof Moments]: Set<(...news: Moments[Moment]) => void> };

/** What plug-ins see and use of their tracker. */
export interface PlugInTracker
  extends Pick<Sink, 'consent' | 'isLate' | 'urlParams' | 'isRecording' | 'track'> {
  /** Records what was tracked until now, with what is true now. */
  drain(): void;
  /** The page may be going, or its view ends. */
  leave(): void;
}

export class PlugIns {
  readonly #plugIns: readonly Capture[];
  readonly #report: Report;
  readonly #sink: Sink;
  readonly #enrichments = new Set<(hidden: boolean) => Fields>();
  readonly #listeners: Listeners = {
    leave: new Set(),
    view: new Set(),
    granted: new Set(),
    identify: new Set(),
    reset: new Set(),
  };
  /** What ends them. */
  #stops: (() => void)[] = [];

  constructor(plugIns: readonly Capture[], report: Report, idle: IdleWork, tracker: PlugInTracker) {
    this.#plugIns = plugIns;
    this.#report = report;
    this.#sink = this.#sinkOf(tracker, idle);
  }

  /** Starts all, unless they run. */
  start(): void {
    if (this.#stops.length > 0) return;
    for (const plugIn of this.#plugIns) {
      this.#report.guarded(() => this.#stops.push(plugIn.start(this.#sink)));
    }
  }

  /** Ends all, the last one first: what it still records has what the others say of every event. */
  stop(): void {
    for (const stop of this.#stops.splice(0).reverse()) this.#report.guarded(stop);
  }

  /** Erases what they stored of the visitor. */
  erase(): void {
    for (const plugIn of this.#plugIns) this.#report.guarded(() => plugIn.erase?.());
  }

  /** Whether any listens to that. */
  hears(moment: keyof Moments): boolean {
    return this.#listeners[moment].size > 0;
  }

  tell<Moment extends keyof Moments>(moment: Moment, ...news: Moments[Moment]): void {
    for (const listener of this.#listeners[moment]) this.#report.guarded(() => listener(...news));
  }

  /** What they say of the whole page, as `textsOf` makes it texts. */
  tags(textsOf: (fields: TrackEvent) => Fields): Fields {
    const tags: Record<string, string> = {};
    for (const plugIn of this.#plugIns) {
      try {
        Object.assign(tags, textsOf(plugIn.tags?.() ?? {}));
      } catch {
        // A page that has no such things.
      }
    }
    return tags;
  }

  /** Adds what they say of every event, unless this one says it itself. */
  enrich(fields: string[], hidden: boolean): void {
    for (const enrichment of this.#enrichments) {
      try {
        add(fields, enrichment(hidden));
      } catch {
        // A plug-in's mistake costs what it would have said.
      }
    }
  }

  #sinkOf(tracker: PlugInTracker, idle: IdleWork): Sink {
    return {
      get consent() {
        return tracker.consent;
      },
      get isLate() {
        return tracker.isLate;
      },
      get isRecording() {
        return tracker.isRecording;
      },
      urlParams: tracker.urlParams,
      track: (event, options) => tracker.track(event, options),
      on: (moment, listener) => {
        const listeners: Set<typeof listener> = this.#listeners[moment];
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      beginView: () => {
        tracker.leave();
        this.tell('view');
      },
      whenIdle: (work) => idle.add(work),
      enrich: (fields) => {
        this.#enrichments.add(fields);
        return () => {
          // What was tracked before still gets them.
          tracker.drain();
          this.#enrichments.delete(fields);
        };
      },
    };
  }
}

/** Whether `[key, value, …]` has that key. */
export function has(fields: readonly string[], field: string): boolean {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === field) return true;
  return false;
}

/** Adds fields that are not there yet. */
export function add(fields: string[], more: Fields): void {
  for (const key of Object.keys(more)) if (!has(fields, key)) fields.push(key, more[key] as string);
}
