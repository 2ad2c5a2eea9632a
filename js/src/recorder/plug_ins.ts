// Starts and stops a tracker's plug-ins, notifies them, and adds their fields to every event.

import { Set } from '../natives.ts';
import type { Capture, Sink, SinkEvents, TrackEvent } from '../types.ts';
import type { IdleWork } from './idle_work.ts';
import type { Report } from './report.ts';

type Fields = Readonly<Record<string, string>>;
type Listeners = { [Name in keyof SinkEvents]: Set<(...args: SinkEvents[Name]) => void> };

/** The part of a tracker that its plug-ins use. */
export interface PlugInTracker
  extends Pick<Sink, 'consent' | 'isLate' | 'urlParams' | 'isRecording' | 'track'> {
  /** Records the queued events now, with the plug-ins' current fields. */
  drain(): void;
  /** The view ends: records what is still open. */
  leave(): void;
}

/** Up to this many fields, comparing one by one is quicker than a set. */
const MANY_FIELDS = 64;

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
  /** Stop functions of the running plug-ins; undefined if they are not running. */
  #stops: (() => void)[] | undefined;

  constructor(plugIns: readonly Capture[], report: Report, idle: IdleWork, tracker: PlugInTracker) {
    this.#plugIns = plugIns;
    this.#report = report;
    this.#sink = this.#sinkOf(tracker, idle);
  }

  /** Starts all plug-ins, unless they are running. */
  start(): void {
    if (this.#stops) return;
    const stops: (() => void)[] = [];
    this.#stops = stops;
    for (const plugIn of this.#plugIns) {
      // A plug-in's event calls hooks of the page, which may stop the tracker, and start it again, in the middle.
      if (this.#stops !== stops) break;
      this.#report.guarded(() => stops.push(plugIn.start(this.#sink)));
    }
    if (this.#stops !== stops) this.#stopAll(stops);
  }

  /** Stops all plug-ins, last one first: events that one records as it stops get the fields of those before it. */
  stop(): void {
    const stops = this.#stops ?? [];
    this.#stops = undefined;
    this.#stopAll(stops);
  }

  #stopAll(stops: (() => void)[]): void {
    for (const stop of stops.splice(0).reverse()) this.#report.guarded(stop);
  }

  /** Erases what the plug-ins have stored about the visitor. */
  erase(): void {
    for (const plugIn of this.#plugIns) this.#report.guarded(() => plugIn.erase?.());
  }

  /** Whether any plug-in listens to `name`. */
  hasListener(name: keyof SinkEvents): boolean {
    return this.#listeners[name].size > 0;
  }

  emit<Name extends keyof SinkEvents>(name: Name, ...args: SinkEvents[Name]): void {
    for (const listener of this.#listeners[name]) this.#report.guarded(() => listener(...args));
  }

  /** Tags of all plug-ins for the whole page. `textsOf` turns their values into texts. */
  tags(textsOf: (fields: TrackEvent) => Fields): Fields {
    const tags: Record<string, string> = Object.create(null);
    for (const plugIn of this.#plugIns) {
      try {
        Object.assign(tags, textsOf(plugIn.tags?.() ?? {}));
      } catch {
        // The page may lack an API that the plug-in reads: leave out its tags.
      }
    }
    return tags;
  }

  /** Adds the plug-ins' fields to an event. Fields that it already has stay. */
  enrich(fields: string[], hidden: boolean): void {
    for (const enrichment of this.#enrichments) {
      try {
        add(fields, enrichment(hidden));
      } catch {
        // A plug-in that throws loses only its own fields.
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
      on: (name, listener) => {
        const listeners: Set<typeof listener> = this.#listeners[name];
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      beginView: () => {
        tracker.leave();
        this.emit('view');
      },
      whenIdle: (work) => idle.add(work),
      enrich: (fields) => {
        this.#enrichments.add(fields);
        return () => {
          // Events that were tracked before still get these fields.
          tracker.drain();
          this.#enrichments.delete(fields);
        };
      },
    };
  }
}

/** Whether `fields`, `[key, value, …]`, has the key `field`. */
export function has(fields: readonly string[], field: string): boolean {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === field) return true;
  return false;
}

/** Adds the fields of `more` that `fields`, `[key, value, …]`, does not have. */
export function add(fields: string[], more: Fields): void {
  const keys = Object.keys(more);
  // For many fields, comparing one by one would take the square of the time.
  const known =
    keys.length > MANY_FIELDS ? new Set(fields.filter((_, at) => at % 2 === 0)) : undefined;
  for (const key of keys) {
    if (!(known ? known.has(key) : has(fields, key))) fields.push(key, more[key] as string);
  }
}
