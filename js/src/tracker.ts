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
  #pending: [fields: string[], rank: Rank][] = [];
  #registered: Fields = {};
  #view: Fields = {};
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
    this.#settings = { ...settings, tags: { ...tagsOf(settings.capture), ...settings.tags } };
    this.#load = load;
    this.#losses = new Losses(settings);
    this.#screen = new Screen(settings);
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
      if (typeof event !== 'object' || event === null || Array.isArray(event))
        throw new TypeError();
      fields = this.#fieldsOf(event);
      rank = options?.priority === 'high' ? 'high' : 'normal';
    } catch {
      this.#losses.drop({ reason: 'invalid_event', events: 1 });
      return;
    }
    this.#losses.guarded(() => {
      this.#complete(fields);
      const admitted = this.#screen.admit(fields);
      if (admitted === undefined) counts.tracked--;
      else if (typeof admitted === 'string') this.#losses.drop({ reason: admitted, events: 1 });
      else this.#record(admitted, rank);
    }, 1);
  }

  identify(userId: string, traits: TrackEvent = {}): void {
    this.register({ user_id: userId });
    this.#tell('identify', userId);
    this.track({ ...traits, event: 'identify' });
  }

  reset(): void {
    this.#registered = {};
    this.#tell('reset');
  }

  register(fields: TrackEvent): void {
    this.#losses.guarded(() => {
      this.#registered = { ...this.#registered, ...this.#textsOf(fields) };
    });
  }

  setConsent(consent: Consent): void {
    if (this.#stopped || !['granted', 'pending', 'denied'].includes(consent)) return;
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
    await this.flush();
    this.#page.stop();
    await this.#batcher?.stop();
  }

  // Does what the visitor's consent asks for.
  #obey(): void {
    if (this.#consent === 'denied') {
      this.#endPlugIns();
      this.#losses.counts.tracked -= this.#pending.length;
      this.#pending = [];
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

  #endPlugIns(): void {
    for (const stop of this.#stops.splice(0)) this.#losses.guarded(stop);
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
      beginView(fields) {
        tracker.#tell('leave');
        tracker.#view = tracker.#textsOf(fields);
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

  #fieldsOf(event: TrackEvent): string[] {
    return fieldsOf(event, (field, reason) => this.#losses.drop({ reason, events: 0, field }));
  }

  #textsOf(fields: TrackEvent): Fields {
    const flat = this.#fieldsOf(fields);
    const texts: Record<string, string> = {};
    for (let at = 0; at < flat.length; at += 2) texts[flat[at] as string] = flat[at + 1] as string;
    return texts;
  }

  // What all events say, unless this one says it itself.
  #complete(fields: string[]): void {
    const { timeField } = this.#settings;
    const has = (field: string) => fields.some((text, at) => at % 2 === 0 && text === field);
    const add = (more: Fields) => {
      for (const [key, text] of Object.entries(more)) if (!has(key)) fields.push(key, text);
    };
    add(this.#registered);
    add(this.#view);
    for (const enrichment of this.#enrichments) add(enrichment());
    if (timeField !== false && !has(timeField)) fields.push(timeField, String(Date.now()));
  }

  #record(fields: string[], rank: Rank): void {
    const { seqField } = this.#settings;
    if (seqField !== false && !fields.some((text, at) => at % 2 === 0 && text === seqField)) {
      fields.push(seqField, String(this.#seq));
    }
    this.#seq++;
    if (this.#batcher && this.#consent === 'granted') this.#batcher.append(fields, rank);
    else if (this.#pending.length < PENDING_EVENTS) this.#pending.push([fields, rank]);
    else this.#losses.drop({ reason: 'queue_full', events: 1 });
  }
}

function tagsOf(plugIns: readonly Capture[]): Record<string, string> {
  const tags = {};
  for (const plugIn of plugIns) {
    try {
      Object.assign(tags, plugIn.tags?.());
    } catch {
      // A page that has no such things.
    }
  }
  return tags;
}
