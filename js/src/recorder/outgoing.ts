// Keeps recorded events in groups until the engine has stored them. When the page is left before that, it sends the
// groups as beacons or saves them as notes: the engine may not be loaded yet, or may end before it stores them.

import type { Connection, ConnectionListener } from '../channel/connect.ts';
import { batchId, envelopeOf } from '../engine/batch/batch_tags.ts';
import { bodyOf } from '../engine/batch/plain_json.ts';
import { settledOr, within } from '../engine/bounded.ts';
import type { Group, Session } from '../engine/engine.ts';
import type { PageState } from '../engine/host.ts';
import { noteKeyOf, type RecordedNote } from '../engine/notes.ts';
import type { EngineSettings } from '../engine/settings.ts';
import { API_VERSION, KEEPALIVE_QUOTA, MAX_BODY_BYTES, MAX_BODY_EVENTS } from '../limits.ts';
import { clearTimeout, type Promise, Set, setTimeout, stringify, wallClock } from '../natives.ts';
import type { DropReason, Notice, Rank } from '../types.ts';
import { pageNotes } from './page_notes.ts';
import type { Report } from './report.ts';

/** A group with this many events is posted at once. */
const GROUP_EVENTS = 50;
/**
 * Before there is an engine, a group is closed at this many UTF-16 units instead of 50 events, so that what is tracked
 * together leaves as one beacon.
 */
const GROUP_CHARACTERS = 24_000;
/** A worker that reports no group as stored within this time is dead: a live one reports every few seconds. */
const STORED_TIMEOUT_MS = 6_000;
/** Back-off when no engine can be loaded. It doubles with each attempt; the event `online` ends the wait. */
const RETRY_MS = 2_000;
const MAX_RETRY_MS = 300_000;
const CONNECT_FAILURES: readonly Notice['kind'][] = ['worker_failed', 'engine_failed'];

interface KeptGroup extends Group {
  events: (readonly string[])[];
  high: number[];
  /** UTF-16 units of all events. */
  characters: number;
  /** A beacon has taken the group; the next page sends it again. */
  isBeaconed?: true;
  /** When the first event was recorded, epoch milliseconds. */
  time: number;
}

/** Opens a session, or resolves to undefined. `resumes`: see `Hello`; it is read when the session is opened. */
export type Connect = (
  settings: EngineSettings,
  resumes: () => boolean,
  listener: ConnectionListener,
) => Promise<Connection | undefined>;

export class Outgoing {
  readonly #recorder: string;
  readonly #report: Report;
  readonly #settings: () => EngineSettings;
  readonly #connect: Connect;
  /** Closed groups that are not stored yet, oldest first. */
  readonly #groups: KeptGroup[] = [];
  /** The group that new events join. */
  #open: KeptGroup | undefined;
  #nextNumber = 0;
  #characters = 0;
  #waitingEvents = 0;
  #session: Connection | undefined;
  #connecting: Promise<void> | undefined;
  /** Number of the last group that was posted to this session or the one before; -1: none. */
  #posted = -1;
  #storedTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS;
  /** End the calls of `flush` that wait for a worker. */
  readonly #flushes = new Set<() => void>();
  #isHidden = false;
  #isPaused = false;

  /** `recorder` is this recorder's id. `settings` is not called before it is needed. */
  constructor(recorder: string, report: Report, settings: () => EngineSettings, connect: Connect) {
    this.#recorder = recorder;
    this.#report = report;
    this.#settings = settings;
    this.#connect = connect;
  }

  /** Adds an event, `[key, value, …]`, to the open group. */
  add(fields: readonly string[], rank: Rank): void {
    let characters = 0;
    for (const text of fields) characters += text.length;
    const reason = this.#refusal(characters);
    if (reason) {
      this.#report.drop({ reason, events: 1 });
      return;
    }
    this.#waitingEvents++;
    this.#characters += characters;
    this.#open ??= this.#newGroup();
    const open = this.#open;
    open.characters += characters;
    if (rank === 'high') open.high.push(open.events.length);
    const count = open.events.push(fields);
    if (this.#session ? count >= GROUP_EVENTS : open.characters >= GROUP_CHARACTERS) this.post();
  }

  #newGroup(): KeptGroup {
    const number = this.#nextNumber++;
    return { number, events: [], high: [], losses: [], characters: 0, time: wallClock() };
  }

  /** Closes the open group, and posts all groups if there is a session. */
  post(): void {
    if (this.#open) {
      this.#groups.push({ ...this.#open, losses: this.#report.takeLosses() });
      this.#open = undefined;
    }
    if (this.#session) this.#postAll(this.#session);
  }

  /** Opens a session, unless one is open or being opened. */
  connect(): Promise<void> {
    this.#connecting ??= this.#openSession().catch(() => this.#retryLater());
    return this.#connecting;
  }

  async flush(): Promise<void> {
    await this.connect();
    const session = this.#session;
    // Post at least an empty group: a dead worker is noticed because it does not confirm a group.
    if (session?.isLocal === false && this.#groups.length === 0) this.#open ??= this.#newGroup();
    this.post();
    if (!session) return;
    await settledOr(session.flush(), this.#flushes);
    if (session !== this.#session) await this.flush();
  }

  /** Flushes and closes the session. Opens one first if events wait. */
  async end(page: PageState): Promise<void> {
    this.#cancelRetry();
    if (this.isUnused) return;
    await this.flush();
    if (!this.#session) this.#sendWithoutEngine({ ...page, ending: true });
    clearTimeout(this.#storedTimer);
    this.#cancelRetry();
    const session = this.#session;
    this.#session = undefined;
    if (!session) return;
    // A dead worker never answers.
    await within(session.end(), STORED_TIMEOUT_MS).catch(() => session.gone());
  }

  /** A session is open or being opened. */
  get hasSession(): boolean {
    return this.#connecting !== undefined;
  }

  /** No session is open or being opened, and no event waits. */
  get isUnused(): boolean {
    return !this.#connecting && this.#waitingEvents === 0;
  }

  /** The page is hidden, or may be unloading. */
  hide(page: PageState): void {
    this.#isHidden = true;
    this.post();
    if (this.#session) this.#session.hide();
    else this.#sendWithoutEngine(page);
  }

  /** Posts what a hidden page has recorded. */
  postHidden(page: PageState): void {
    // A local engine knows that the page is hidden, and decides itself when to send, such as after a back-off.
    if (this.#session?.isLocal) this.post();
    else this.hide(page);
  }

  show(): void {
    this.#isHidden = false;
    this.#session?.show();
  }

  /** The page is unloaded, or in the back/forward cache. */
  pause(): void {
    this.#isPaused = true;
    clearTimeout(this.#storedTimer);
    this.#storedTimer = undefined;
    if (!this.#session?.isLocal) this.#saveNotes();
    this.#session?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#session?.resume();
    this.#watchWorker();
  }

  async #openSession(): Promise<void> {
    // A page that comes back from the back/forward cache may have notes that another page has sent.
    const resumes = () => this.#posted >= 0 || this.#groups.some(({ isSaved }) => isSaved);
    let session: Connection | undefined;
    session = await this.#connect(this.#settings(), resumes, {
      stored: (group) => this.#stored(group),
      delivered: ({ events, rawBytes, wireBytes, isAnswered }) => {
        const { counts } = this.#report;
        counts.sent += events;
        counts.rawBytes += rawBytes;
        counts.wireBytes += wireBytes;
        // A worker that started after the failure does not know of it, and would never clear the mark.
        if (isAnswered && pageNotes.isInDoubt) pageNotes.isInDoubt = false;
      },
      lost: (drop) => this.#report.relay(drop),
      notice: (notice) => {
        // Report only the first of several failed attempts.
        if (this.#retryMs === RETRY_MS || !CONNECT_FAILURES.includes(notice.kind))
          this.#report.notice(notice);
      },
      noteStored: pageNotes.remove,
      doubted: (isInDoubt) => {
        if (this.#settings().storage) pageNotes.isInDoubt = isInDoubt;
      },
      died: () => {
        if (session && this.#session === session) this.#reconnect();
      },
    });
    if (!session) {
      this.#retryLater();
      return;
    }
    if (resumes()) this.#stored(await session.stored);
    this.#session = session;
    this.#retryMs = RETRY_MS;
    this.#posted = -1;
    this.#postAll(session);
    if (!session.isLocal && this.#settings().storage) session.takeNotes(pageNotes.entries());
    if (this.#isHidden) session.hide();
    if (this.#isPaused) session.pause();
    // The engine in the page would take its own recorder's notes for those of a page that is gone.
    if (session.isLocal) this.#takeBackNotes();
  }

  #postAll(session: Session): void {
    // Iterate over a copy: a local engine may store a group at once, which removes it from the list.
    for (const group of [...this.#groups]) {
      if (group.number <= this.#posted) continue;
      session.add(group);
      this.#posted = group.number;
    }
    this.#watchWorker();
  }

  // A worker dies silently when the page that started it crashes.
  #watchWorker(): void {
    if (this.#session?.isLocal !== false || this.#storedTimer || this.#isPaused) return;
    const oldest = this.#groups[0]?.number;
    if (oldest === undefined) return;
    this.#storedTimer = setTimeout(() => {
      this.#storedTimer = undefined;
      if (this.#groups[0]?.number === oldest) this.#reconnect();
      else this.#watchWorker();
    }, STORED_TIMEOUT_MS);
  }

  #reconnect(): void {
    this.#report.notice({ kind: 'worker_died' });
    clearTimeout(this.#storedTimer);
    this.#storedTimer = undefined;
    this.#session?.gone();
    this.#session = undefined;
    this.#connecting = undefined;
    void this.connect();
    for (const end of [...this.#flushes]) end();
  }

  // The engine failed to load, perhaps because the page was offline or its server down. Save what is recorded, as the
  // browser may end before the next attempt.
  #retryLater(): void {
    this.#connecting = undefined;
    this.post();
    this.#saveNotes();
    this.#cancelRetry();
    this.#retryTimer = setTimeout(this.#retryNow, this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
    globalThis.addEventListener?.('online', this.#retryNow);
  }

  readonly #retryNow = (): void => {
    this.#cancelRetry();
    void this.connect();
  };

  #cancelRetry(): void {
    clearTimeout(this.#retryTimer);
    globalThis.removeEventListener?.('online', this.#retryNow);
  }

  #stored(last: number): void {
    for (const sent of this.#groups.filter(({ number }) => number <= last)) {
      // Keep a group that was neither posted nor saved: `last` may be the number of a later group.
      if (!sent.isSaved && sent.number > this.#posted) continue;
      this.#forget(sent);
      if (sent.isSaved) pageNotes.remove(this.#noteKeyOf(sent));
    }
  }

  #forget(group: KeptGroup): void {
    this.#groups.splice(this.#groups.indexOf(group), 1);
    this.#waitingEvents -= group.events.length;
    this.#characters -= group.characters;
  }

  // Takes back a group that no beacon has taken.
  #keep(group: KeptGroup): void {
    group.isSaved = false;
    this.#groups.push(group);
    this.#groups.sort((a, b) => a.number - b.number);
    this.#waitingEvents += group.events.length;
    this.#characters += group.characters;
  }

  // As many events as one request could hold may wait for a session. A character is at least one byte.
  #refusal(characters: number): DropReason | undefined {
    if (characters > MAX_BODY_BYTES) return 'too_large';
    const isFull =
      this.#waitingEvents >= MAX_BODY_EVENTS || this.#characters + characters > MAX_BODY_BYTES;
    return !this.#session && isFull ? 'queue_full' : undefined;
  }

  // There is no session yet: send as beacons, in plain JSON, the groups that fit. Their answers are not heard.
  #sendWithoutEngine({ ending, beacon }: Pick<PageState, 'ending' | 'beacon'>): void {
    const { url, exit } = this.#settings();
    const isTrusted =
      exit === 'once' && !pageNotes.isInDoubt && globalThis.navigator.onLine !== false;
    // The next page sends these groups again in any case: use beacons only when the page ends for good.
    const mayBeacon = isTrusted || ending;
    let room = KEEPALIVE_QUOTA;
    for (const group of mayBeacon ? this.#groups.filter(hasEvents) : []) {
      const note = group.isSaved ? this.#noteKeyOf(group) : undefined;
      // An engine may have stored this group: it was posted, or another page has taken its note.
      const mayBeStored = group.number <= this.#posted || (note && !pageNotes.has(note));
      const isGone = group.isBeaconed || !this.#groups.includes(group);
      if (isGone || (isTrusted && mayBeStored)) continue;
      const id = batchId({ tracker: this.#recorder, number: group.number, part: '' });
      const json = bodyOf(group.events, envelopeOf(this.#settings(), id));
      const body = new globalThis.Blob([json], { type: 'text/plain;charset=UTF-8' });
      if (body.size > room) continue;
      room -= body.size;
      // Before the call: during it, Firefox may unload the page, call this method again, and end the script.
      if (isTrusted) {
        this.#forget(group);
        if (note) pageNotes.remove(note);
      } else group.isBeaconed = true;
      if (!beacon(`${url}?APIVersion=${API_VERSION}`, body)) {
        if (isTrusted) this.#keep(group);
        delete group.isBeaconed;
        if (note) this.#saveNotes();
        break;
      }
      if (!isTrusted) continue;
      const { counts } = this.#report;
      counts.sent += group.events.length;
      counts.rawBytes += body.size;
      counts.wireBytes += body.size;
    }
    // A hidden page may be killed without a further event.
    if (!isTrusted || ending || this.#isPaused) this.#saveNotes();
  }

  // The browser may shut down before the engine has stored these groups.
  #saveNotes(): void {
    let room = KEEPALIVE_QUOTA;
    const { url, source, topic, tags, storage } = this.#settings();
    if (!storage) return;
    for (const group of this.#groups.filter(hasEvents)) {
      if (group.isSaved) {
        room -= group.characters;
        continue;
      }
      const { number, events, time } = group;
      const note = stringify({
        tracker: this.#recorder,
        number,
        url,
        time,
        envelope: { source, topic, tags },
        logs: events,
      } satisfies RecordedNote);
      if (note.length > room) continue;
      room -= note.length;
      group.isSaved = pageNotes.set(this.#noteKeyOf(group), note);
    }
  }

  #takeBackNotes(): void {
    for (const group of this.#groups) {
      if (group.isSaved) pageNotes.remove(this.#noteKeyOf(group));
      group.isSaved = false;
    }
  }

  #noteKeyOf({ number }: Group): string {
    return noteKeyOf({ tracker: this.#recorder, number, part: '' });
  }
}

const hasEvents = ({ events }: Group) => events.length > 0;
