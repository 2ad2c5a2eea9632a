// The tracker: turns events of the page and of plug-ins into fields, applies consent, and passes the fields on.

import type { EngineSettings } from '../engine/settings.ts';
import { clearTimeout, type Promise, queueMicrotask, setTimeout, wallClock } from '../natives.ts';
import { quickId } from '../random_id.ts';
import type { Consent, Counts, DropReason, Sink, TrackEvent, Tracker } from '../types.ts';
import { engineSettingsOf } from './engine_settings.ts';
import { fieldsOf, TooLarge, type Tracked } from './fields.ts';
import { IdleWork } from './idle_work.ts';
import { CONSENTS, type Settings } from './options.ts';
import { type Connect, Outgoing } from './outgoing.ts';
import type { PageEvents, PageWatch } from './page.ts';
import { add, has, PlugIns, type PlugInTracker } from './plug_ins.ts';
import { Report } from './report.ts';
import { Screen } from './screen.ts';

/** Events that may wait while consent is pending or the page is prerendered. Further events are lost. */
const PENDING_EVENTS = 1_000;
/** The queue is recorded at once when it has this many events: little must be left to do when the page is left. */
const QUEUED_EVENTS = 20;
/**
 * How long an event waits, in milliseconds, so that others are recorded and posted with it. Each group costs the page a
 * timer, a message and its answer. A page that is killed may lose events of the last second, mostly through this wait.
 */
export const GROUP_MS = 700;

/** Field with the id of this page load. Together with the number in `seqField` it identifies an event for good. */
const LOAD_ID_FIELD = 'page_load_id';

/** A page that is still loading after this time connects all the same: a crash would lose its events. */
const LOADING_MS = 1_000;

type Fields = Readonly<Record<string, string>>;
/** Creates a tracker. `connect` opens a session with an engine; `watch` reports the page's life cycle. */
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
  /** The id of this page load, and of its recorder. */
  readonly #loadId = quickId();
  readonly #outgoing: Outgoing;
  /** Events that wait for consent, or for a prerendered page to be shown. */
  readonly #pending: Tracked[] = [];
  /** Events to be recorded together a little later: the page may be busy now, such as with a click. */
  readonly #queue: Tracked[] = [];
  #drainTimer: ReturnType<typeof setTimeout> | undefined;
  /** Events are being recorded, or plug-ins are stopping: an event that they track now skips the queue. */
  #isRecording = false;
  /** The event that is being recorded. */
  #current: Tracked | undefined;
  /** Consent was denied before. */
  #isLate = false;
  /** Calls that tell plug-ins about the visitor, kept until the plug-ins run. */
  #pendingNotifications: (() => void)[] = [];
  #registered: Record<string, string> = {};
  readonly #plugIns: PlugIns;
  #isPosting = false;
  #cancelConnect: (() => void) | undefined;
  #cachedEngineSettings: EngineSettings | undefined;
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
      leave: (why) => {
        this.#report.guarded(() => this.#recordAgain());
        this.#report.guarded(() => this.#leave(why));
        if (why === 'page') this.#report.guarded(() => this.#outgoing.hide(this.#page));
      },
      show: () => this.#outgoing.show(),
      pause: () => this.#report.guarded(() => this.#outgoing.pause()),
      resume: () => this.#report.guarded(() => this.#outgoing.resume()),
      shown: () => this.#report.guarded(() => this.#stopped || this.#applyConsent()),
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
        return tracker.#isRecording;
      },
      urlParams: this.#settings.urlParams,
      track: (event, options) => tracker.track(event, options),
      drain: () => tracker.#drain(),
      leave: () => tracker.#leave('view'),
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
    try {
      fields = fieldsOf(event, this.#dropField);
    } catch (error) {
      const isTooLarge = error instanceof TooLarge;
      // A missing number tells readers of the store that an event is missing.
      if (isTooLarge) {
        this.#drain();
        this.#seq++;
      }
      this.#report.drop({ reason: isTooLarge ? 'too_large' : 'invalid_event', events: 1 });
      return;
    }
    try {
      const { timeField } = this.#settings;
      const rank = options?.priority === 'high' ? 'high' : 'normal';
      add(fields, this.#registered);
      if (timeField !== false && !has(fields, timeField)) {
        fields.push(timeField, String(options?.time ?? wallClock()));
      }
      const tracked: Tracked = { fields, rank, hidden: this.#page.hidden };
      if (this.#mustWait) this.#keepPending(tracked);
      else if (this.#isRecording) this.#process(tracked);
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
      this.#whenShown(() => {
        // A plug-in that stores the user id sees changes by other pages, so it sets the field itself.
        if (this.#plugIns.hasListener('identify')) this.#plugIns.emit('identify', user_id);
        else this.register(user);
      });
    }
    this.track({ ...this.#textsOf(traits), ...user, event: 'identify' });
  }

  reset(): void {
    this.#drain();
    this.#registered = {};
    this.#whenShown(() => this.#plugIns.emit('reset'));
  }

  #whenShown(notify: () => void): void {
    if (this.#page.prerendered) this.#pendingNotifications.push(notify);
    else notify();
  }

  register(fields: TrackEvent): void {
    this.#registered = { ...this.#registered, ...this.#textsOf(fields) };
  }

  setConsent(consent: Consent): void {
    const isKnown = CONSENTS.includes(consent);
    // An unknown value means `denied`.
    this.#changeConsent(isKnown ? consent : 'denied');
    // Notify last: the page's hook may call `setConsent` again with a valid value.
    if (!isKnown) this.#report.notice({ kind: 'invalid_consent' });
  }

  #changeConsent(consent: Consent): void {
    if (this.#stopped || this.#settings.isRefused) return;
    this.#drain();
    this.#consent = consent;
    if (consent === 'denied') delete this.#registered.user_id;
    if (consent === 'granted') this.#pendingNotifications.push(() => this.#plugIns.emit('granted'));
    this.#report.guarded(() => this.#applyConsent());
  }

  async flush(): Promise<void> {
    if (this.#ended) return this.#ended;
    this.#flushWaiting();
    const mayConnect = this.#consent === 'granted' && !this.#mustWait;
    // Events that were recorded with consent are sent even if it was withdrawn since.
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
    // The page may be left before the engine has loaded.
    await this.#outgoing.end(this.#page).catch(() => {});
    this.#page.stop();
  }

  // Starts or stops plug-ins, and records or discards waiting events, as the consent says.
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
    for (const notify of this.#pendingNotifications.splice(0)) notify();
    if (this.#mustWait || this.#pending.length === 0) return;
    // Recording adds the fields that were not known while events waited, such as the visitor's id.
    this.#queue.push(...this.#pending.splice(0));
    this.#drain();
    this.#postSoon();
  }

  get #mustWait(): boolean {
    return this.#consent === 'pending' || this.#page.prerendered;
  }

  #engineSettings(): EngineSettings {
    this.#cachedEngineSettings ??= engineSettingsOf(
      this.#settings,
      this.#plugIns.tags((fields) => this.#textsOf(fields)),
      GROUP_MS,
    );
    return this.#cachedEngineSettings;
  }

  #flushWaiting(): void {
    this.#drain();
    this.#idle.flush();
    this.#drain();
  }

  // When the visitor navigates, Firefox may end a script between any two calls. The page's other handlers still run.
  #recordAgain(): void {
    this.#isRecording = false;
    const current = this.#current;
    if (!current || current.isRetried) return;
    // Only once, as this is also called when a hook of the page navigates.
    current.isRetried = true;
    this.#queue.unshift(current);
  }

  // The page may be unloading, or its view ends.
  #leave(why: 'navigation' | 'page' | 'view'): void {
    const isPosting = this.#isPosting;
    if (why === 'navigation') {
      // `page` posts what is recorded now. A request that begins here would end with the page.
      this.#isPosting = true;
      this.#drainTimer ??= setTimeout(this.#drainAndPost, GROUP_MS);
    }
    this.#flushWaiting();
    this.#plugIns.emit('leave', why);
    // Record now, while the fields still describe the view that ends.
    this.#drain();
    this.#isPosting = isPosting;
  }

  #endPlugIns(): void {
    this.#drain();
    this.#isRecording = true;
    this.#plugIns.stop();
    this.#isRecording = false;
  }

  readonly #dropField = (field: string, reason: DropReason): void =>
    this.#report.drop({ reason, events: 0, field });

  #textsOf(fields: TrackEvent): Fields {
    const texts: Record<string, string> = Object.create(null);
    try {
      const flat = fieldsOf(fields, this.#dropField);
      for (let at = 0; at < flat.length; at += 2)
        texts[flat[at] as string] = flat[at + 1] as string;
    } catch {
      this.#report.drop({ reason: 'invalid_event', events: 0 });
    }
    return texts;
  }

  #keepPending(tracked: Tracked): void {
    this.#plugIns.enrich(tracked.fields, tracked.hidden);
    if (this.#pending.length < PENDING_EVENTS) this.#pending.push(tracked);
    else this.#report.drop({ reason: 'queue_full', events: 1 });
  }

  #enqueue(tracked: Tracked): void {
    const queued = this.#queue.push(tracked);
    const { flushInterval } = this.#settings;
    const { rank, hidden } = tracked;
    // A hidden page has no interaction to delay, and may be killed at any time: record now.
    const isUrgent = hidden || rank === 'high' || flushInterval === 0;
    if (isUrgent || queued >= QUEUED_EVENTS) this.#drain();
    const wait = Math.min(GROUP_MS, flushInterval ?? GROUP_MS);
    if (isUrgent) this.#postSoon();
    else this.#drainTimer ??= setTimeout(this.#drainAndPost, wait);
  }

  readonly #drainAndPost = () => {
    this.#drainTimer = undefined;
    this.#drain();
    this.#report.guarded(() => this.#outgoing.post());
  };

  // Records the queued events with the fields as they are now. Call it before consent, visitor or view change.
  #drain(): void {
    if (this.#isRecording || this.#queue.length === 0) return;
    this.#isRecording = true;
    // Check each time: a hook may change the consent.
    while (!this.#mustWait && this.#queue.length > 0) {
      const tracked = this.#queue.shift() as Tracked;
      this.#current = tracked;
      this.#report.guarded(() => this.#process(tracked), 1);
      this.#current = undefined;
    }
    this.#isRecording = false;
  }

  #process(tracked: Tracked): void {
    this.#plugIns.enrich(tracked.fields, tracked.hidden);
    const admitted = this.#screen.admit(tracked.fields);
    if (admitted === undefined) this.#report.counts.tracked--;
    else if (typeof admitted === 'string') this.#report.drop({ reason: admitted, events: 1 });
    else if (!tracked.isRecorded) this.#record(admitted, tracked);
  }

  #record(fields: string[], tracked: Tracked): void {
    const { seqField } = this.#settings;
    tracked.seq ??= this.#seq++;
    if (seqField !== false) {
      if (!has(fields, seqField)) fields.push(seqField, String(tracked.seq));
      if (!has(fields, LOAD_ID_FIELD)) fields.push(LOAD_ID_FIELD, this.#loadId);
    }
    this.#outgoing.add(fields, tracked.rank);
    tracked.isRecorded = true;
    if (this.#outgoing.hasSession) return;
    const connect = () => this.#report.guarded(() => void this.#outgoing.connect());
    this.#cancelConnect ??= this.#page.whenLoaded(connect, LOADING_MS);
  }

  // Waits for the end of the task, so that all events recorded in it are posted together.
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
