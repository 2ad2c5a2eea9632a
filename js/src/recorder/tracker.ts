// track(): from the page's event, or a plug-in's, to the fields that are recorded; and who may record at all.

import type { EngineSettings } from '../engine/settings.ts';
import { CONSENTS, type Settings } from '../options.ts';
import { randomName } from '../random_id.ts';
import type { Consent, Counts, DropReason, Rank, Sink, TrackEvent, Tracker } from '../types.ts';
import { fieldsOf } from './fields.ts';
import { IdleWork } from './idle_work.ts';
import { type Connect, Outgoing } from './outgoing.ts';
import type { PageEvents, PageWatch } from './page.ts';
import { add, has, PlugIns, type PlugInTracker } from './plug_ins.ts';
import { Report } from './report.ts';
import { Screen } from './screen.ts';

/** Events that wait for the visitor's consent; a page that has more has not asked in time. */
const PENDING_EVENTS = 1_000;
/** Events that wait to be recorded together; a page that is left must not have many to do. */
const QUEUED_EVENTS = 20;
/**
 * So long an event waits for others, to be recorded and posted with them: most of the second that a page which is killed
 * may lose. Each group costs a page a timer, a message and its answer.
 */
export const GROUP_MS = 700;

/** Which load of the page an event belongs to; with the number in `seqField` it names the event for good. */
const LOAD_ID_FIELD = 'page_load_id';

/** A page that loads for longer hands its events to the worker before: else a crash would lose them. */
const LOADING_MS = 1_000;

type Fields = Readonly<Record<string, string>>;
/** `hidden`: while nobody saw the page. */
type Tracked = [fields: string[], rank: Rank, hidden: boolean];

/** Makes a tracker. `connect` opens a session with an engine; `watch` reports the page's life. */
export function startTracker(
  settings: Settings,
  connect: (recorder: string) => Connect,
  watch: (events: PageEvents) => PageWatch,
): Tracker {
  return new PageTracker(settings, connect, watch);
}

class PageTracker implements Tracker {
  readonly #settings: Settings;
  readonly #report: Report;
  readonly #screen: Screen;
  readonly #page: PageWatch;
  readonly #idle: IdleWork;
  #consent: Consent;
  /** The id of this load of the page, and of its recorder. */
  readonly #loadId = randomName();
  readonly #outgoing: Outgoing;
  /** What waits for consent, or for the page to be shown. */
  readonly #pending: Tracked[] = [];
  /** What is tracked while the page is busy, as with a click. */
  readonly #queue: Tracked[] = [];
  #drainTimer: ReturnType<typeof setTimeout> | undefined;
  /** What is tracked now is recorded at once: by a hook, or by a plug-in that ends. */
  #atOnce = false;
  #isLate = false;
  /** What the page has said of the visitor before plug-ins could hear it. */
  #pendingNotifications: (() => void)[] = [];
  #registered: Record<string, string> = {};
  readonly #plugIns: PlugIns;
  #isPosting = false;
  #cancelConnect: (() => void) | undefined;
  #engine: EngineSettings | undefined;
  #seq = 0;
  #stopped = false;
  #ended: Promise<void> | undefined;

  constructor(
    settings: Settings,
    connect: (recorder: string) => Connect,
    watch: (events: PageEvents) => PageWatch,
  ) {
    this.#report = new Report(settings);
    this.#settings = settings;
    this.#outgoing = new Outgoing(
      this.#loadId,
      this.#report,
      () => this.#engineSettings(),
      connect(this.#loadId),
    );
    this.#screen = new Screen(settings, this.#dropField);
    this.#consent = settings.consent;
    this.#page = watch({
      leave: () => {
        this.#leave();
        this.#report.guarded(() => this.#outgoing.hide(this.#page));
      },
      seen: () => this.#outgoing.show(),
      gone: () => this.#report.guarded(() => this.#outgoing.pause()),
      back: () => this.#report.guarded(() => this.#outgoing.resume()),
      shown: () => this.#report.guarded(() => this.#applyConsent()),
    });
    this.#idle = new IdleWork(this.#page, this.#report);
    this.#plugIns = new PlugIns(settings.capture, this.#report, this.#idle, this.#forPlugIns());
    this.#applyConsent();
  }

  #forPlugIns(): PlugInTracker {
    const tracker = this;
    return {
      get consent() {
        return tracker.#consent;
      },
      get isLate() {
        return tracker.#isLate;
      },
      get isRecording() {
        return tracker.#atOnce;
      },
      urlParams: this.#settings.urlParams,
      track: (event, options) => tracker.track(event, options),
      drain: () => tracker.#drain(),
      leave: () => tracker.#leave(),
    };
  }

  get counts(): Readonly<Counts> {
    return this.#report.counts;
  }

  track(event: TrackEvent, options?: Parameters<Sink['track']>[1]): void {
    if (this.#consent === 'denied') return;
    const { counts } = this.#report;
    counts.tracked++;
    if (this.#stopped) {
      this.#report.drop({ reason: 'shut_down', events: 1 });
      return;
    }
    let fields: string[];
    let rank: Rank;
    try {
      fields = fieldsOf(event, this.#dropField);
      rank = options?.priority === 'high' ? 'high' : 'normal';
    } catch {
      this.#report.drop({ reason: 'invalid_event', events: 1 });
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
      this.#report.drop({ reason: 'internal_error', events: 1 });
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
        if (this.#plugIns.hears('identify')) this.#plugIns.tell('identify', user_id);
        else this.register(user);
      });
    }
    this.track({ ...this.#textsOf(traits), ...user, event: 'identify' });
  }

  reset(): void {
    this.#drain();
    this.#registered = {};
    this.#onceShown(() => this.#plugIns.tell('reset'));
  }

  #onceShown(say: () => void): void {
    if (this.#page.prerendered) this.#pendingNotifications.push(say);
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
    if (!isKnown) this.#report.notice({ kind: 'invalid_consent' });
  }

  #change(consent: Consent): void {
    if (this.#stopped || this.#settings.isRefused) return;
    this.#drain();
    this.#consent = consent;
    if (consent === 'denied') delete this.#registered.user_id;
    if (consent === 'granted') this.#pendingNotifications.push(() => this.#plugIns.tell('granted'));
    this.#report.guarded(() => this.#applyConsent());
  }

  async flush(): Promise<void> {
    if (this.#ended) return this.#ended;
    this.#flushWaiting();
    const mayConnect = this.#consent === 'granted' && !this.#waits;
    // Also what was recorded before the visitor took their consent back, or put it off.
    if (mayConnect || !this.#outgoing.isUnused) await this.#outgoing.flush().catch(() => {});
  }

  shutdown(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#endPlugIns();
    this.#stopped = true;
    const events = this.#pending.splice(0).length;
    if (events > 0) this.#report.drop({ reason: 'shut_down', events });
    this.#flushWaiting();
    clearTimeout(this.#drainTimer);
    this.#cancelConnect?.();
    this.#page.stop();
    await this.#outgoing.end(this.#page).catch(() => {});
  }

  // Does what the visitor's consent asks for.
  #applyConsent(): void {
    if (this.#consent === 'denied') {
      this.#isLate = true;
      this.#endPlugIns();
      this.#plugIns.erase();
      this.#pendingNotifications = [];
      const waiting = [...this.#pending.splice(0), ...this.#queue.splice(0)];
      this.#report.counts.tracked -= waiting.length;
      return;
    }
    if (this.#page.prerendered) return;
    this.#plugIns.start();
    for (const say of this.#pendingNotifications.splice(0)) say();
    if (this.#waits) return;
    // With what could not be said yet, such as who it is.
    this.#queue.push(...this.#pending.splice(0));
    this.#drain();
  }

  get #waits(): boolean {
    return this.#consent === 'pending' || this.#page.prerendered;
  }

  #engineSettings(): EngineSettings {
    this.#engine ??= this.#newEngineSettings();
    return this.#engine;
  }

  #newEngineSettings(): EngineSettings {
    const { tags, flushInterval, coreUrl, ...settings } = this.#settings;
    return {
      url: settings.url,
      source: settings.source,
      topic: settings.topic,
      tags: { ...this.#plugIns.tags((fields) => this.#textsOf(fields)), ...tags },
      flushCount: settings.flushCount,
      flushBytes: settings.flushBytes,
      flushInterval: Math.max(0, flushInterval - GROUP_MS),
      compression: settings.compression,
      compressAbove: settings.compressAbove,
      storage: settings.storage,
      outboxBytes: settings.outboxBytes,
      outboxAge: settings.outboxAge,
      exit: settings.exit,
      coreUrl: coreUrl && new URL(coreUrl, globalThis.document?.baseURI ?? location.href).href,
    };
  }

  #flushWaiting(): void {
    this.#drain();
    this.#idle.flush();
    this.#drain();
  }

  // The page may be going, or its view ends.
  #leave(): void {
    this.#flushWaiting();
    this.#plugIns.tell('leave');
    // With what the view was until now.
    this.#drain();
  }

  #endPlugIns(): void {
    this.#drain();
    this.#atOnce = true;
    this.#plugIns.stop();
    this.#atOnce = false;
  }

  readonly #dropField = (field: string, reason: DropReason): void =>
    this.#report.drop({ reason, events: 0, field });

  #textsOf(fields: TrackEvent): Fields {
    const texts: Record<string, string> = {};
    try {
      const flat = fieldsOf(fields, this.#dropField);
      for (let at = 0; at < flat.length; at += 2)
        texts[flat[at] as string] = flat[at + 1] as string;
    } catch {
      this.#report.drop({ reason: 'invalid_event', events: 0 });
    }
    return texts;
  }

  #wait(tracked: Tracked): void {
    const [fields, , hidden] = tracked;
    this.#plugIns.enrich(fields, hidden);
    if (this.#pending.length < PENDING_EVENTS) this.#pending.push(tracked);
    else this.#report.drop({ reason: 'queue_full', events: 1 });
  }

  #enqueue(tracked: Tracked): void {
    if (this.#atOnce) {
      this.#take(tracked);
      return;
    }
    const queued = this.#queue.push(tracked);
    const { flushInterval } = this.#settings;
    const [, rank, hidden] = tracked;
    // A hidden page has nobody to delay, and may end without another word.
    const isUrgent = hidden || rank === 'high' || flushInterval === 0;
    if (isUrgent || queued >= QUEUED_EVENTS) this.#drain();
    if (isUrgent) this.#postSoon();
    else this.#drainTimer ??= setTimeout(this.#postLater, Math.min(GROUP_MS, flushInterval));
  }

  readonly #postLater = () => {
    this.#drainTimer = undefined;
    this.#drain();
    this.#report.guarded(() => this.#outgoing.post());
  };

  // Records what is tracked: with what is true now, so before any of that changes.
  #drain(): void {
    if (this.#atOnce || this.#queue.length === 0) return;
    this.#atOnce = true;
    // A hook may change the visitor's consent.
    while (!this.#waits && this.#queue.length > 0) {
      const tracked = this.#queue.shift() as Tracked;
      this.#report.guarded(() => this.#take(tracked), 1);
    }
    this.#atOnce = false;
  }

  #take(tracked: Tracked): void {
    const [fields, rank, hidden] = tracked;
    this.#plugIns.enrich(fields, hidden);
    this.#admit(fields, rank);
  }

  #admit(fields: string[], rank: Rank): void {
    const admitted = this.#screen.admit(fields);
    if (admitted === undefined) this.#report.counts.tracked--;
    else if (typeof admitted === 'string') this.#report.drop({ reason: admitted, events: 1 });
    else this.#record(admitted, rank);
  }

  #record(fields: string[], rank: Rank): void {
    const { seqField } = this.#settings;
    if (seqField !== false) {
      if (!has(fields, seqField)) fields.push(seqField, String(this.#seq));
      if (!has(fields, LOAD_ID_FIELD)) fields.push(LOAD_ID_FIELD, this.#loadId);
    }
    this.#seq++;
    this.#outgoing.add(fields, rank);
    if (!this.#outgoing.isConnecting) this.#connectLater();
  }

  #connectLater(): void {
    this.#cancelConnect ??= this.#page.whenLoaded(() => {
      this.#report.guarded(() => void this.#outgoing.connect());
    }, LOADING_MS);
  }

  // With what else is recorded in this task.
  #postSoon(): void {
    if (this.#isPosting) return;
    this.#isPosting = true;
    queueMicrotask(() => {
      this.#isPosting = false;
      this.#report.guarded(() => {
        if (this.#page.hidden) this.#outgoing.postHidden(this.#page);
        else this.#outgoing.post();
      });
    });
  }
}
