// track(): from the page's event, or a plug-in's, to the fields that are recorded; and who may record at all.

import { Batcher } from './batcher.ts';
import type { Core } from './core.ts';
import { fieldsOf } from './fields.ts';
import { IdleWork } from './idle_work.ts';
import { Losses } from './losses.ts';
import { CONSENTS, type Settings } from './options.ts';
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
} from './types.ts';

/** Events that wait for the visitor's consent; a page that has more has not asked in time. */
const PENDING_EVENTS = 1_000;
/** Events that wait for idle time; a page that is left must not have many to do. */
const QUEUED_EVENTS = 20;

type Fields = Readonly<Record<string, string>>;
/** `hidden`: while nobody saw the page. */
type Tracked = [fields: string[], rank: Rank, hidden: boolean];
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
  readonly #idle: IdleWork;
  #consent: Consent;
  /** Not before the visitor's consent, nor before it is needed: to make it takes a loading page some milliseconds. */
  #batcher: Batcher | undefined;
  /** What waits for consent, or for the page to be shown. */
  readonly #pending: Tracked[] = [];
  /** What is tracked while the page is busy, as with a click. */
  readonly #queue: Tracked[] = [];
  #cancelDrain: (() => void) | undefined;
  /** What is tracked now is recorded at once: by a hook, or by a plug-in that ends. */
  #atOnce = false;
  #isLate = false;
  /** What the page has said of the visitor before plug-ins could hear it. */
  #unheard: (() => void)[] = [];
  #registered: Record<string, string> = {};
  readonly #enrichments = new Set<(hidden: boolean) => Fields>();
  readonly #listeners: Listeners = {
    leave: new Set(),
    view: new Set(),
    granted: new Set(),
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
    this.#settings = settings;
    this.#load = load;
    this.#screen = new Screen(settings, this.#dropField);
    this.#consent = settings.consent;
    this.#page = watch({
      leave: () => {
        this.#leave();
        this.#batcher?.leave();
      },
      gone: () => this.#batcher?.pause(),
      back: () => this.#batcher?.resume(),
      shown: () => this.#losses.guarded(() => this.#obey()),
    });
    this.#idle = new IdleWork(this.#page, this.#losses);
    this.#obey();
  }

  get counts(): Readonly<Counts> {
    return this.#losses.counts;
  }

  track(event: TrackEvent, options?: Parameters<Sink['track']>[1]): void {
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
      fields = fieldsOf(event, this.#dropField);
      rank = options?.priority === 'high' ? 'high' : 'normal';
    } catch {
      this.#losses.drop({ reason: 'invalid_event', events: 1 });
      return;
    }
    try {
      const { timeField } = this.#settings;
      add(fields, this.#registered);
      if (timeField !== false && !has(fields, timeField)) {
        fields.push(timeField, String(options?.time ?? Date.now()));
      }
      const tracked: Tracked = [fields, rank, this.#page.hidden];
      if (this.#waits) this.#wait(tracked);
      else this.#enqueue(tracked);
    } catch {
      this.#losses.drop({ reason: 'internal_error', events: 1 });
    }
  }

  identify(userId: string, traits: TrackEvent = {}): void {
    if (this.#consent === 'denied') return;
    this.#drain();
    const user = this.#textsOf({ user_id: userId });
    const { user_id } = user;
    if (user_id !== undefined) {
      this.#onceShown(() => {
        // Who keeps it knows when another page has said otherwise.
        if (this.#listeners.identify.size > 0) this.#tell('identify', user_id);
        else this.register(user);
      });
    }
    this.track({ ...this.#textsOf(traits), ...user, event: 'identify' });
  }

  reset(): void {
    this.#drain();
    this.#registered = {};
    this.#onceShown(() => this.#tell('reset'));
  }

  #onceShown(say: () => void): void {
    if (this.#page.prerendered) this.#unheard.push(say);
    else say();
  }

  register(fields: TrackEvent): void {
    this.#registered = { ...this.#registered, ...this.#textsOf(fields) };
  }

  setConsent(consent: Consent): void {
    const isKnown = CONSENTS.includes(consent);
    // What is no word of consent is none.
    this.#change(isKnown ? consent : 'denied');
    // Last: the page may answer by the right word.
    if (!isKnown) this.#losses.notice({ kind: 'invalid_consent' });
  }

  #change(consent: Consent): void {
    if (this.#stopped || this.#settings.isRefused) return;
    this.#drain();
    this.#consent = consent;
    if (consent === 'denied') delete this.#registered.user_id;
    if (consent === 'granted') this.#unheard.push(() => this.#tell('granted'));
    this.#losses.guarded(() => this.#obey());
  }

  async flush(): Promise<void> {
    this.#doNow();
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
      this.#isLate = true;
      this.#endPlugIns();
      for (const plugIn of this.#settings.capture) {
        this.#losses.guarded(() => plugIn.erase?.());
      }
      this.#unheard = [];
      const waiting = [...this.#pending.splice(0), ...this.#queue.splice(0)];
      this.#losses.counts.tracked -= waiting.length;
      return;
    }
    if (this.#page.prerendered) return;
    if (this.#stops.length === 0) {
      for (const plugIn of this.#settings.capture) this.#start(plugIn);
    }
    // What earlier pages have left is sent even if this one records nothing.
    this.#idle.add(() => {
      if (this.#consent === 'granted') this.#begin();
    });
    for (const say of this.#unheard.splice(0)) say();
    if (this.#waits) return;
    // With what could not be said yet, such as who it is.
    this.#queue.push(...this.#pending.splice(0));
    this.#drain();
  }

  get #waits(): boolean {
    return this.#consent === 'pending' || this.#page.prerendered;
  }

  #begin(): Batcher {
    const { capture, tags } = this.#settings;
    this.#batcher ??= new Batcher(
      { ...this.#settings, tags: { ...this.#tagsOf(capture), ...tags } },
      this.#page,
      this.#losses,
      this.#load(),
    );
    return this.#batcher;
  }

  #doNow(): void {
    this.#idle.doNow();
    this.#drain();
  }

  // The page may be going, or its view ends.
  #leave(): void {
    this.#doNow();
    this.#tell('leave');
    // With what the view was until now.
    this.#drain();
  }

  #start(plugIn: Capture): void {
    this.#losses.guarded(() => this.#stops.push(plugIn.start(this.#sink)));
  }

  // The last one first: what it still records has what the others say of every event.
  #endPlugIns(): void {
    this.#drain();
    this.#atOnce = true;
    for (const stop of this.#stops.splice(0).reverse()) this.#losses.guarded(stop);
    this.#atOnce = false;
  }

  readonly #sink: Sink = (() => {
    const tracker = this;
    return {
      get consent() {
        return tracker.#consent;
      },
      get isLate() {
        return tracker.#isLate;
      },
      get urlParams() {
        return tracker.#settings.urlParams;
      },
      track: (event, options) => tracker.track(event, options),
      on(moment, heed) {
        const heeding: Set<typeof heed> = tracker.#listeners[moment];
        heeding.add(heed);
        return () => void heeding.delete(heed);
      },
      beginView() {
        tracker.#leave();
        tracker.#tell('view');
      },
      get isRecording() {
        return tracker.#atOnce;
      },
      whenIdle: (work) => tracker.#idle.add(work),
      enrich(fields) {
        tracker.#enrichments.add(fields);
        return () => void tracker.#enrichments.delete(fields);
      },
    };
  })();

  #tell<Moment extends keyof Moments>(moment: Moment, ...news: Moments[Moment]): void {
    for (const heed of this.#listeners[moment]) this.#losses.guarded(() => heed(...news));
  }

  readonly #dropField = (field: string, reason: DropReason): void =>
    this.#losses.drop({ reason, events: 0, field });

  #textsOf(fields: TrackEvent): Fields {
    const texts: Record<string, string> = {};
    try {
      const flat = fieldsOf(fields, this.#dropField);
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

  // What plug-ins say of all events, unless this one says it itself.
  #enrich([fields, , hidden]: Tracked): void {
    for (const enrichment of this.#enrichments) {
      try {
        add(fields, enrichment(hidden));
      } catch {
        // A plug-in's mistake costs what it would have said.
      }
    }
  }

  #wait(tracked: Tracked): void {
    this.#enrich(tracked);
    if (this.#pending.length < PENDING_EVENTS) this.#pending.push(tracked);
    else this.#losses.drop({ reason: 'queue_full', events: 1 });
  }

  #enqueue(tracked: Tracked): void {
    if (this.#atOnce) {
      this.#take(tracked);
      return;
    }
    const queued = this.#queue.push(tracked);
    // Of a page that is hidden nobody waits.
    const [, , hidden] = tracked;
    if (hidden || queued >= QUEUED_EVENTS || this.#settings.flushInterval === 0) this.#drain();
    else if (queued === 1) this.#cancelDrain = this.#idle.add(() => this.#drain());
  }

  // Records what is tracked: with what is true now, so before any of that changes.
  #drain(): void {
    this.#cancelDrain?.();
    this.#cancelDrain = undefined;
    if (this.#atOnce) return;
    this.#atOnce = true;
    // A hook may change the visitor's consent.
    while (!this.#waits && this.#queue.length > 0) {
      const tracked = this.#queue.shift() as Tracked;
      this.#losses.guarded(() => this.#take(tracked), 1);
    }
    this.#atOnce = false;
  }

  #take(tracked: Tracked): void {
    this.#enrich(tracked);
    const [fields, rank] = tracked;
    this.#admit(fields, rank);
  }

  #admit(fields: string[], rank: Rank): void {
    const admitted = this.#screen.admit(fields);
    if (admitted === undefined) this.#losses.counts.tracked--;
    else if (typeof admitted === 'string') this.#losses.drop({ reason: admitted, events: 1 });
    else this.#record(admitted, rank);
  }

  #record(fields: string[], rank: Rank): void {
    const { seqField } = this.#settings;
    if (seqField !== false && !has(fields, seqField)) fields.push(seqField, String(this.#seq));
    this.#seq++;
    this.#begin().append(fields, rank);
  }
}

function has(fields: readonly string[], field: string): boolean {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === field) return true;
  return false;
}

function add(fields: string[], more: Fields): void {
  for (const key of Object.keys(more)) if (!has(fields, key)) fields.push(key, more[key] as string);
}
