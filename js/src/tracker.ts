// track(): from the page's event, or a plug-in's, to the fields that are recorded; and who may record at all.

import { Batcher } from './batcher.ts';
import type { Core } from './core.ts';
import { fieldsOf } from './fields.ts';
import { Losses } from './losses.ts';
import type { Settings } from './options.ts';
import type { PageEvents, PageWatch } from './page.ts';
import { Screen } from './screen.ts';
import type {
  Capture,
  Consent,
  Counts,
  DropReason,
  Moments,
  Rank,
  Sink,
  TrackEvent,
  Tracker,
  TrackOptions,
} from './types.ts';

/** Events that wait for the visitor's consent; a page that has more has not asked in time. */
const PENDING_EVENTS = 1_000;

type Fields = Readonly<Record<string, string>>;
type Listeners = { [Moment in keyof Moments]: Set<(...news: Moments[Moment]) => void> };

/** Makes a tracker. `load` fetches the core; `watch` reports the page's life. */
export function startTracker(
  settings: Settings,
  load: () => Promise<Core>,
  watch: (events: PageEvents) => PageWatch,
): Tracker {
  return new PageTracker(settings, load, watch);
}

class PageTracker implements Tracker {
  readonly #settings: Settings;
  readonly #load: () => Promise<Core>;
  readonly #losses: Losses;
  readonly #screen: Screen;
  readonly #page: PageWatch;
  #consent: Consent;
  /** Not before the visitor's consent. */
  #batcher: Batcher | undefined;
  /** What waits for it. */
  readonly #pending: [fields: string[], rank: Rank][] = [];
  #registered: Fields = {};
  readonly #enrichments = new Set<() => Fields>();
  readonly #listeners: Listeners = {
    leave: new Set(),
    view: new Set(),
    consent: new Set(),
    identify: new Set(),
    reset: new Set(),
  };
  /** What ends the plug-ins. */
  #stops: (() => void)[] = [];
  #seq = 0;
  #stopped = false;
  #ended: Promise<void> | undefined;

  constructor(
    settings: Settings,
    load: () => Promise<Core>,
    watch: (events: PageEvents) => PageWatch,
  ) {
    this.#losses = new Losses(settings);
    this.#settings = { ...settings, tags: { ...this.#tagsOf(settings.capture), ...settings.tags } };
    this.#load = load;
    this.#screen = new Screen(settings, this.#dropField);
    this.#consent = settings.consent;
    this.#page = watch({
      leave: () => {
        this.#tell('leave');
        this.#batcher?.leave();
      },
      gone: () => this.#batcher?.pause(),
      back: () => this.#batcher?.resume(),
    });
    this.#obey();
  }

  get counts(): Readonly<Counts> {
    return this.#losses.counts;
  }

  track(event: TrackEvent, options?: TrackOptions): void {
    if (this.#consent === 'denied') return;
    const { counts } = this.#losses;
    counts.tracked++;
    if (this.#stopped) {
      this.#losses.drop({ reason: 'shut_down', events: 1 });
      return;
    }
    let fields: string[];
    let rank: Rank;
    try {
      fields = this.#fieldsOf(event);
      rank = options?.priority === 'high' ? 'high' : 'normal';
    } catch {
      this.#losses.drop({ reason: 'invalid_event', events: 1 });
      return;
    }
    try {
      this.#complete(fields);
      const admitted = this.#screen.admit(fields);
      if (admitted === undefined) counts.tracked--;
      else if (typeof admitted === 'string') this.#losses.drop({ reason: admitted, events: 1 });
      else this.#record(admitted, rank);
    } catch {
      this.#losses.drop({ reason: 'internal_error', events: 1 });
    }
  }

  identify(userId: string, traits: TrackEvent = {}): void {
    this.register({ user_id: userId });
    const { user_id } = this.#registered;
    if (user_id !== undefined) this.#tell('identify', user_id);
    this.track({ ...this.#textsOf(traits), event: 'identify' });
  }

  reset(): void {
    this.#registered = {};
    this.#tell('reset');
  }

  register(fields: TrackEvent): void {
    this.#registered = { ...this.#registered, ...this.#textsOf(fields) };
  }

  setConsent(consent: Consent): void {
    const { isRefused } = this.#settings;
    if (this.#stopped || isRefused || !['granted', 'pending', 'denied'].includes(consent)) return;
    this.#consent = consent;
    this.#tell('consent', consent);
    this.#losses.guarded(() => this.#obey());
  }

  async flush(): Promise<void> {
    await this.#batcher?.flush();
  }

  shutdown(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#endPlugIns();
    this.#stopped = true;
    const events = this.#pending.splice(0).length;
    if (events > 0) this.#losses.drop({ reason: 'shut_down', events });
    await this.flush();
    this.#page.stop();
    await this.#batcher?.stop();
  }

  // Does what the visitor's consent asks for.
  #obey(): void {
    if (this.#consent === 'denied') {
      this.#endPlugIns();
      this.#losses.counts.tracked -= this.#pending.splice(0).length;
      return;
    }
    if (this.#consent === 'granted') {
      this.#batcher ??= new Batcher(this.#settings, this.#page, this.#losses, this.#load());
      for (const [fields, rank] of this.#pending.splice(0)) this.#batcher.append(fields, rank);
    }
    if (this.#stops.length > 0) return;
    for (const plugIn of this.#settings.capture) this.#start(plugIn);
  }

  #start(plugIn: Capture): void {
    this.#losses.guarded(() => this.#stops.push(plugIn.start(this.#sink)));
  }

  // The last one first: what it still records has what the others say of every event.
  #endPlugIns(): void {
    for (const stop of this.#stops.splice(0).reverse()) this.#losses.guarded(stop);
  }

  readonly #sink: Sink = (() => {
    const tracker = this;
    return {
      get url() {
        return tracker.#settings.url;
      },
      get consent() {
        return tracker.#consent;
      },
      track: (event, options) => tracker.track({ ...event }, options),
      on(moment, heed) {
        const heeding: Set<typeof heed> = tracker.#listeners[moment];
        heeding.add(heed);
        return () => void heeding.delete(heed);
      },
      beginView() {
        tracker.#tell('leave');
        tracker.#tell('view');
      },
      enrich(fields) {
        tracker.#enrichments.add(fields);
        return () => void tracker.#enrichments.delete(fields);
      },
    };
  })();

  #tell<Moment extends keyof Moments>(moment: Moment, ...news: Moments[Moment]): void {
    for (const heed of this.#listeners[moment]) this.#losses.guarded(() => heed(...news));
  }

  // Throws when it is no event, or cannot be looked into.
  #fieldsOf(event: TrackEvent): string[] {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new TypeError();
    return fieldsOf(event, this.#dropField);
  }

  readonly #dropField = (field: string, reason: DropReason): void =>
    this.#losses.drop({ reason, events: 0, field });

  #textsOf(fields: TrackEvent): Fields {
    const texts: Record<string, string> = {};
    try {
      const flat = this.#fieldsOf(fields);
      for (let at = 0; at < flat.length; at += 2)
        texts[flat[at] as string] = flat[at + 1] as string;
    } catch {
      this.#losses.drop({ reason: 'invalid_event', events: 0 });
    }
    return texts;
  }

  #tagsOf(plugIns: readonly Capture[]): Fields {
    const tags: Record<string, string> = {};
    for (const plugIn of plugIns) {
      try {
        Object.assign(tags, this.#textsOf(plugIn.tags?.() ?? {}));
      } catch {
        // A page that has no such things.
      }
    }
    return tags;
  }

  // What all events say, unless this one says it itself.
  #complete(fields: string[]): void {
    const { timeField } = this.#settings;
    add(fields, this.#registered);
    for (const enrichment of this.#enrichments) {
      try {
        add(fields, enrichment());
      } catch {
        // A plug-in's mistake costs what it would have said.
      }
    }
    if (timeField !== false && !has(fields, timeField)) fields.push(timeField, String(Date.now()));
  }

  #record(fields: string[], rank: Rank): void {
    const { seqField } = this.#settings;
    if (seqField !== false && !has(fields, seqField)) fields.push(seqField, String(this.#seq));
    this.#seq++;
    if (this.#batcher && this.#consent === 'granted') this.#batcher.append(fields, rank);
    else if (this.#pending.length < PENDING_EVENTS) this.#pending.push([fields, rank]);
    else this.#losses.drop({ reason: 'queue_full', events: 1 });
  }
}

function has(fields: readonly string[], field: string): boolean {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === field) return true;
  return false;
}

function add(fields: string[], more: Fields): void {
  for (const key of Object.keys(more)) if (!has(fields, key)) fields.push(key, more[key] as string);
}
