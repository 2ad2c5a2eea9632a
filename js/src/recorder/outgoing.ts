// Events on their way to the engine: kept here, group by group, until the engine has stored them. And what a page that
// is left does with them: the engine may not be there yet, or not live to store them.

import { batchId, envelopeOf } from '../engine/batch/batch_tags.ts';
import { HEAD, logOf, tailOf } from '../engine/batch/plain_json.ts';
import type { Group, Listener, Session } from '../engine/engine.ts';
import type { PageState } from '../engine/host.ts';
import { noteKeyOf } from '../engine/notes.ts';
import type { EngineSettings } from '../engine/settings.ts';
import type { DropReason, Notice, Rank } from '../types.ts';
import { pageNotes } from './page_notes.ts';
import type { Report } from './report.ts';

/** Of events: a page that records more before the engine is there loses the rest. */
const MOST_WAITING = 4_096;
/** UTF-16 units of one event, and of all that wait: no request could hold more. */
const MOST_CHARACTERS = 2_800_000;
/** A group is posted when it has so many events. */
const GROUP_EVENTS = 50;
/** A worker that has not said in this time that a group is stored has died. It says so every few seconds. */
const PATIENCE_MS = 6_000;
/** A page whose engine did not load tries again after so long, then after twice as long each time, or once it is online. */
const RETRY_MS = 2_000;
const MOST_RETRY_MS = 300_000;
const FAILED: readonly Notice['kind'][] = ['worker_failed', 'engine_failed'];
/** Most that a page sends or saves as it is left: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch */
const EXIT_BYTES = 65_536;

interface Sent extends Group {
  events: (readonly string[])[];
  high: number[];
  /** UTF-16 units of its events. */
  characters: number;
  /** It is saved for the next page. */
  isNoted?: boolean;
  /** It counts as delivered once a beacon has taken it. */
  needsNoNote?: boolean;
  /** It has left by a beacon as well. */
  isBeaconed?: boolean;
  /** When the first event was recorded, epoch milliseconds. */
  time: number;
}

/** Opens a session; `resumes`: groups were posted to an engine that has gone silent. Never rejects. */
export type Connect = (
  settings: EngineSettings,
  resumes: boolean,
  listener: Listener,
) => Promise<Connection | undefined>;

/** `isLocal`: the engine runs in this page, and sees to the exit itself. */
export type Connection = Session & { readonly isLocal: boolean };

export class Outgoing {
  readonly #recorder: string;
  readonly #report: Report;
  readonly #settings: () => EngineSettings;
  readonly #connect: Connect;
  /** Closed groups that are not stored yet, the oldest first. */
  readonly #groups: Sent[] = [];
  #open: Sent | undefined;
  #nextNumber = 0;
  #characters = 0;
  #waiting = 0;
  #session: Connection | undefined;
  #connecting: Promise<void> | undefined;
  /** Number of the last group that this session was given. */
  #posted = -1;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS;
  /** Resolves when the worker of this session is given up. */
  #givenUp: Promise<void> | undefined;
  #giveUp: (() => void) | undefined;
  #isHidden = false;
  #isGone = false;

  /** `recorder` is its id; `settings` is asked for when the first session opens. */
  constructor(recorder: string, report: Report, settings: () => EngineSettings, connect: Connect) {
    this.#recorder = recorder;
    this.#report = report;
    this.#settings = settings;
    this.#connect = connect;
  }

  /** Adds an event, `[key, value, …]`. It leaves with the next `post`. */
  add(fields: readonly string[], rank: Rank): void {
    let characters = 0;
    for (const text of fields) characters += text.length;
    const reason = this.#refusal(characters);
    if (reason) {
      this.#report.drop({ reason, events: 1 });
      return;
    }
    this.#waiting++;
    this.#characters += characters;
    this.#open ??= this.#newGroup();
    this.#open.characters += characters;
    const { events, high } = this.#open;
    if (rank === 'high') high.push(events.length);
    events.push(fields);
    if (events.length >= GROUP_EVENTS) this.post();
  }

  #newGroup(): Sent {
    const number = this.#nextNumber++;
    return { number, events: [], high: [], losses: [], characters: 0, time: Date.now() };
  }

  /** Posts what was added, once there is a session. */
  post(): void {
    if (this.#open) {
      this.#groups.push({ ...this.#open, losses: this.#report.takeLosses() });
      this.#open = undefined;
    }
    if (this.#session) this.#postAll(this.#session);
  }

  /** Opens a session, if there is none. */
  connect(): Promise<void> {
    this.#connecting ??= this.#openSession().catch(() => this.#retryLater());
    return this.#connecting;
  }

  async flush(): Promise<void> {
    await this.connect();
    const session = this.#session;
    // At least an empty group: a worker that is dead is known by its silence.
    if (session?.isLocal === false && this.#groups.length === 0) this.#open ??= this.#newGroup();
    this.post();
    if (!session) return;
    await Promise.race([session.flush(), this.#givenUp]);
    if (session !== this.#session) await this.flush();
  }

  /** Flushes, if there is anything, and closes the session. */
  async end(page: PageState): Promise<void> {
    this.#endRetry();
    if (this.isUnused) return;
    await this.flush();
    if (!this.#session) this.#leaveEarly({ ...page, ending: true });
    clearTimeout(this.#patience);
    this.#endRetry();
    const session = this.#session;
    this.#session = undefined;
    if (session) await answeredBy(session.end());
  }

  /** A session is open, or being opened. */
  get isConnecting(): boolean {
    return this.#connecting !== undefined;
  }

  /** Nothing was ever recorded, nor an engine asked for. */
  get isUnused(): boolean {
    return !this.#connecting && this.#waiting === 0;
  }

  /** The page is hidden, or may be going. */
  hide(page: PageState): void {
    this.#isHidden = true;
    this.post();
    if (this.#session) this.#session.hide();
    else this.#leaveEarly(page);
  }

  /** Posts what a hidden page has recorded. */
  postHidden(page: PageState): void {
    // An engine in this page sees that nobody sees it, and may have to spare the endpoint.
    if (this.#session?.isLocal) this.post();
    else this.hide(page);
  }

  show(): void {
    this.#isHidden = false;
    this.#session?.show();
  }

  /** The page is gone, or in the back/forward cache. */
  pause(): void {
    this.#isGone = true;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    if (!this.#session?.isLocal) this.#saveNotes();
    this.#session?.pause();
  }

  resume(): void {
    this.#isGone = false;
    this.#session?.resume();
    this.#wait();
  }

  async #openSession(): Promise<void> {
    const resumes = this.#posted >= 0;
    const session = await this.#connect(this.#settings(), resumes, {
      stored: (group) => this.#stored(group),
      delivered: ({ events, rawBytes, wireBytes }) => {
        const { counts } = this.#report;
        counts.sent += events;
        counts.rawBytes += rawBytes;
        counts.wireBytes += wireBytes;
        // A worker that began later knows nothing of a failure before it.
        if (pageNotes.isInDoubt) pageNotes.isInDoubt = false;
      },
      lost: (drop) => this.#report.told(drop),
      notice: (notice) => {
        // Of tries that fail alike the page hears once.
        if (this.#retryMs === RETRY_MS || !FAILED.includes(notice.kind))
          this.#report.notice(notice);
      },
      noteStored: pageNotes.remove,
      doubted: (isInDoubt) => {
        if (this.#settings().storage) pageNotes.isInDoubt = isInDoubt;
      },
    });
    if (!session) {
      this.#retryLater();
      return;
    }
    if (resumes) {
      const stored = await session.stored;
      this.#stored(stored);
    }
    this.#session = session;
    this.#givenUp = new Promise((giveUp) => {
      this.#giveUp = giveUp;
    });
    this.#posted = -1;
    this.#postAll(session);
    if (!session.isLocal && this.#settings().storage) session.takeNotes(pageNotes.entries());
    if (this.#isHidden) session.hide();
    if (this.#isGone) session.pause();
  }

  #postAll(session: Session): void {
    // A copy: a group that is stored at once leaves the list.
    for (const group of [...this.#groups]) {
      if (group.number <= this.#posted) continue;
      this.#posted = group.number;
      session.add(group);
    }
    this.#wait();
  }

  // A worker dies without a word when the page that started it crashes.
  #wait(): void {
    if (this.#session?.isLocal !== false || this.#patience || this.#isGone) return;
    const oldest = this.#groups[0]?.number;
    if (oldest === undefined) return;
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      if (this.#groups[0]?.number === oldest) this.#connectAnew();
      else this.#wait();
    }, PATIENCE_MS);
  }

  #connectAnew(): void {
    this.#session?.leave();
    this.#session = undefined;
    this.#connecting = undefined;
    void this.connect();
    this.#giveUp?.();
  }

  // The page was offline, or its server down, when it asked for the engine.
  #retryLater(): void {
    this.#connecting = undefined;
    this.#endRetry();
    this.#retry = setTimeout(this.#retryNow, this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, MOST_RETRY_MS);
    globalThis.addEventListener?.('online', this.#retryNow);
  }

  readonly #retryNow = (): void => {
    this.#endRetry();
    void this.connect();
  };

  #endRetry(): void {
    clearTimeout(this.#retry);
    globalThis.removeEventListener?.('online', this.#retryNow);
  }

  #stored(group: number): void {
    while (this.#groups[0] && this.#groups[0].number <= group) {
      const sent = this.#groups[0];
      this.#forget(sent);
      if (sent.isNoted) pageNotes.remove(this.#noteKeyOf(sent));
    }
  }

  #forget(group: Sent): void {
    this.#groups.splice(this.#groups.indexOf(group), 1);
    this.#waiting -= group.events.length;
    this.#characters -= group.characters;
  }

  #refusal(characters: number): DropReason | undefined {
    if (characters > MOST_CHARACTERS) return 'too_large';
    const isFull = this.#waiting >= MOST_WAITING || this.#characters + characters > MOST_CHARACTERS;
    return !this.#session && isFull ? 'queue_full' : undefined;
  }

  // The engine is not there yet: what fits leaves as plain JSON, to which there is no answer.
  #leaveEarly({ ending, beacon }: Pick<PageState, 'ending' | 'beacon'>): void {
    const { url, exit } = this.#settings();
    const isTrusted = exit === 'once' && !pageNotes.isInDoubt && navigator.onLine !== false;
    // What is kept for the next page as well is sent once.
    if (!isTrusted && !ending) return;
    let room = EXIT_BYTES;
    for (const group of this.#groups.filter(isFilled)) {
      if (group.isBeaconed) continue;
      const body = new Blob([this.#jsonOf(group)], { type: 'text/plain;charset=UTF-8' });
      room -= body.size;
      if (room < 0) break;
      // Set before the call: within it Firefox may unload the page, and call us again.
      group.isBeaconed = true;
      group.needsNoNote = isTrusted;
      if (!beacon(`${url}?APIVersion=0.6.0`, body)) {
        group.isBeaconed = group.needsNoNote = false;
        break;
      }
      if (!isTrusted) continue;
      this.#forget(group);
      const { counts } = this.#report;
      counts.sent += group.events.length;
      counts.rawBytes += body.size;
      counts.wireBytes += body.size;
    }
    if (ending) this.#saveNotes();
  }

  // The browser may be shut down before the engine has stored these.
  #saveNotes(): void {
    let room = EXIT_BYTES;
    const { url, source, topic, tags, storage } = this.#settings();
    if (!storage) return;
    for (const group of this.#groups.filter(isFilled)) {
      if (group.isNoted || group.needsNoNote) continue;
      const { number, events, time } = group;
      const note = JSON.stringify({
        json: this.#jsonOf(group),
        tracker: this.#recorder,
        number,
        part: '',
        url,
        rank: 'normal',
        time,
        events: events.length,
        envelope: { source, topic, tags },
        owned: true,
        recorders: [[this.#recorder, events.length]],
      });
      room -= note.length;
      if (room < 0) return;
      group.isNoted = true;
      pageNotes.set(this.#noteKeyOf(group), note);
    }
  }

  #noteKeyOf({ number }: Group): string {
    return noteKeyOf({ tracker: this.#recorder, number, part: '' });
  }

  #jsonOf({ number, events }: Group): string {
    const id = batchId({ tracker: this.#recorder, number, part: '' });
    return HEAD + events.map(logOf).join() + tailOf(envelopeOf(this.#settings(), id));
  }
}

// A worker that has died answers nothing.
async function answeredBy(answer: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<void>((over) => {
    timer = setTimeout(over, PATIENCE_MS);
  });
  await Promise.race([answer, silence]);
  clearTimeout(timer);
}

const isFilled = ({ events }: Group) => events.length > 0;
