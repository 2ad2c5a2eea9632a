// The engine: batches the events of its recorders, stores them and delivers them. It runs in a shared worker, in the
// page, or in a worker that makes a tracker itself, so it names no document and no window.

import { randomName } from '../random_id.ts';
import type { Drop, DropReason, Notice, Rank } from '../types.ts';
import type { Core } from './batch/core.ts';
import { totals } from './batch/runs.ts';
import { Batcher } from './batcher.ts';
import type { Host } from './host.ts';
import { Notes } from './notes.ts';
import { DurableOutbox } from './outbox/durable_outbox.ts';
import { MemoryOutbox } from './outbox/memory_outbox.ts';
import type { Outbox, OutboxSettings } from './outbox/outbox.ts';
import { batchKeyOf, type EngineSettings } from './settings.ts';
import type { Run, StoredBatch } from './types.ts';

/** After the last visible page has gone the engine waits this long for the next one, whose events join the batch. */
const NEXT_PAGE_MS = 3_000;

/** So long several groups wait to be told as stored in one message. */
const TELL_STORED_MS = 3_000;

/** Recorders whose last group is remembered, beside what the outbox knows. */
const MOST_REMEMBERED = 1_000;

/** What a recorder says of itself when it opens a session. */
export interface Hello {
  /** Its id, which is also the `page_load_id` of its events. */
  recorder: string;
  /** It posted groups to an engine that has gone silent. */
  resumes: boolean;
  settings: EngineSettings;
}

/** Events that a recorder posts together. */
export interface Group {
  /** 0, 1, 2 … of its recorder. */
  number: number;
  /** `[key, value, …]` of each event. */
  events: readonly (readonly string[])[];
  /** Indexes of those with high priority. */
  high: readonly number[];
  /** What the recorder lost since its last group. */
  losses: readonly (readonly [reason: DropReason, events: number])[];
}

/** What was delivered of a recorder's events. */
export interface Delivered {
  events: number;
  /** Its share of the batch's JSON and of the body, bytes. */
  rawBytes: number;
  wireBytes: number;
}

/** What a recorder hears of its engine. */
export interface Listener {
  /** All groups up to this one are safe from a crash. */
  stored(group: number): void;
  delivered(delivered: Delivered): void;
  lost(drop: Drop): void;
  notice(notice: Notice): void;
  /** What this note says is in the outbox: the page may delete it. */
  noteStored(key: string): void;
  /** Whether the endpoint's last answer was a failure, when that changes. */
  doubted(isInDoubt: boolean): void;
}

/** A recorder's connection to its engine. Nothing of it throws, and no promise rejects. */
export interface Session {
  /** The last group that any engine has stored of a recorder that resumes; -1 for none. */
  readonly stored: Promise<number>;
  add(group: Group): void;
  /** Sends what is open and what waits. Resolves when nothing does any more, or the endpoint makes it wait. */
  flush(): Promise<void>;
  /** Takes over what earlier pages saved as they went. */
  takeNotes(notes: readonly (readonly [key: string, text: string])[]): void;
  /** The page is hidden, or may be going. */
  hide(): void;
  /** The page is seen again. */
  show(): void;
  /** The page is gone, or in the back/forward cache. */
  pause(): void;
  /** It is back from there. */
  resume(): void;
  /** Ends the session. What is unsent is sent, or stays in the outbox. */
  end(): Promise<void>;
  /** Its page is no more, and hears nothing. */
  leave(): void;
}

interface Member {
  listener: Listener;
  batcher: Batcher;
  /** Its page is seen. */
  isThere: boolean;
  /** Its page is gone, or in the back/forward cache: it hears nothing now. */
  isGone: boolean;
}

export class Engine {
  readonly #host: Host;
  readonly #notes: Notes;
  readonly #outboxes = new Map<boolean, Outbox>();
  readonly #batchers = new Map<string, Batcher>();
  readonly #members = new Map<string, Member>();
  /** The last group that came, by recorder. */
  readonly #received = new Map<string, number>();
  /** The last group that is stored, by recorder. */
  readonly #stored = new Map<string, number>();
  /** Recorders that have not heard of that. */
  readonly #untold = new Set<string>();
  readonly #outboxSettings: OutboxSettings = { outboxBytes: 0, outboxAge: 0 };
  #core: Promise<Core> | undefined;
  #goneTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#notes = new Notes(host.noteStorage);
  }

  open(hello: Hello, listener: Listener): Session {
    const { recorder, settings, resumes } = hello;
    const batcher = this.#batcher(settings);
    const member: Member = { listener, batcher, isThere: true, isGone: false };
    this.#members.set(recorder, member);
    this.#presence();
    // What stopped an older one may be over, and nobody else would ask: its pages are gone.
    for (const one of this.#batchers.values()) one.delivery.tryAgain();
    for (const outbox of this.#outboxes.values()) void outbox.again();
    this.#prune();
    return {
      stored: this.#storedOf(recorder, resumes, settings.storage),
      add: (group) => this.#add(recorder, batcher, group),
      flush: () => batcher.flush().then(() => this.#tellAllStored()),
      takeNotes: (notes) => this.#takeNotes(batcher, notes),
      hide: () => {
        this.#be(member, false);
        if (this.#host.page) batcher.leave();
      },
      show: () => this.#be(member, true),
      pause: () => {
        member.isGone = true;
        this.#be(member, false);
        if (this.#host.page) batcher.delivery.pause();
      },
      resume: () => {
        member.isGone = false;
        this.#be(member, true);
        if (this.#host.page) batcher.delivery.resume();
      },
      end: () => this.#end(recorder, member),
      leave: () => this.#leave(recorder, member),
    };
  }

  /** The endpoint's last answer was a failure, or no longer is. */
  doubted(isInDoubt: boolean): void {
    for (const { listener } of this.#members.values()) listener.doubted(isInDoubt);
  }

  /** A note is in the outbox: whichever page handed it over may delete it. */
  noteStored(key: string): void {
    for (const { listener } of this.#members.values()) listener.noteStored(key);
  }

  #batcher(settings: EngineSettings): Batcher {
    const { outboxBytes, outboxAge } = settings;
    Object.assign(this.#outboxSettings, { outboxBytes, outboxAge });
    const key = batchKeyOf(settings);
    let batcher = this.#batchers.get(key);
    if (batcher) {
      batcher.adjust(settings);
      if (batcher.lacksCore) batcher.load(this.#loadCore(settings.coreUrl));
      return batcher;
    }
    const outbox = this.#outbox(settings.storage);
    batcher = new Batcher(randomName(), settings, this.#host, this.#notes, outbox, {
      accepted: (batch) => this.#tellDelivered(batch),
      lost: (drop, recorders) => this.#tellLost(drop, recorders),
      notice: (notice) => this.#tellAll(notice),
    });
    this.#batchers.set(key, batcher);
    batcher.load(this.#loadCore(settings.coreUrl));
    return batcher;
  }

  // A download that failed is tried again by the next page.
  #loadCore(coreUrl: string | undefined): Promise<Core> {
    this.#core ??= this.#host.loadCore(coreUrl).catch((error) => {
      this.#core = undefined;
      throw error;
    });
    return this.#core;
  }

  // Pages that differ in their tags leave a batcher each.
  #prune(): void {
    if (this.#host.page) return;
    const used = new Set([...this.#members.values()].map(({ batcher }) => batcher));
    for (const [key, batcher] of this.#batchers) {
      if (used.has(batcher) || !batcher.isEmpty) continue;
      this.#batchers.delete(key);
      void batcher.stop();
    }
  }

  #outbox(storage: boolean): Outbox {
    const known = this.#outboxes.get(storage);
    if (known) return known;
    const hooks = {
      evictable: (batch: StoredBatch) =>
        [...this.#batchers.values()].every(({ delivery }) => !delivery.isSending(batch)),
      evicted: (batch: StoredBatch, reason: 'queue_full' | 'expired') =>
        this.#evicted(batch, reason),
      memoryOnly: () => this.#tellAll({ kind: 'memory_only' }),
    };
    const outbox = storage
      ? new DurableOutbox(this.#outboxSettings, hooks, this.#notes)
      : new MemoryOutbox(this.#outboxSettings, hooks);
    this.#outboxes.set(storage, outbox);
    return outbox;
  }

  #evicted(batch: StoredBatch, reason: 'queue_full' | 'expired'): void {
    const { events, recorders } = batch;
    let isDelivered = false;
    for (const { delivery } of this.#batchers.values()) {
      delivery.forget(batch);
      // A beacon was sent, and only kept for want of an answer.
      isDelivered ||= delivery.exits.isBeaconed(batch);
    }
    if (isDelivered) return;
    const [first] = this.#batchers.values();
    first?.losses.add(reason, events);
    this.#tellLost({ reason, events }, recorders);
  }

  async #storedOf(recorder: string, resumes: boolean, storage: boolean): Promise<number> {
    const stored = this.#stored.get(recorder) ?? -1;
    if (this.#received.has(recorder) || !resumes) return stored;
    return this.#outbox(storage).progressOf(recorder);
  }

  #add(recorder: string, batcher: Batcher, { number, events, high, losses }: Group): void {
    // A recorder that lost patience posts again what is still on its way.
    if (number <= (this.#received.get(recorder) ?? -1)) return;
    this.#received.set(recorder, number);
    for (const [reason, lost] of losses) batcher.losses.add(reason, lost);
    events.forEach((fields, at) => {
      const rank: Rank = high.includes(at) ? 'high' : 'normal';
      batcher.append(fields, rank, recorder);
    });
    batcher.whenStored(recorder, number, () => this.#tellStored(recorder, number));
  }

  // Each message costs a page as much as an event, so several groups share one. Where a recorder has resumed, its new
  // session hears of them.
  #tellStored(recorder: string, group: number): void {
    const waits = this.#untold.size > 0;
    this.#stored.set(recorder, group);
    this.#untold.add(recorder);
    if (this.#host.page) this.#tellAllStored();
    else if (!waits) setTimeout(() => this.#tellAllStored(), TELL_STORED_MS);
  }

  #tellAllStored(): void {
    for (const recorder of this.#untold)
      this.#members.get(recorder)?.listener.stored(this.#stored.get(recorder) ?? -1);
    this.#untold.clear();
  }

  #takeNotes(batcher: Batcher, notes: readonly (readonly [key: string, text: string])[]): void {
    const { noteStorage } = this.#host;
    for (const [key, text] of notes) noteStorage.set(key, text);
    for (const tracker of new Set(this.#notes.trackers())) {
      // Groups that this engine has stored: the page that posted them could not hear so.
      const stored = this.#stored.get(tracker) ?? -1;
      for (const note of this.#notes.of(tracker)) {
        if (note.number <= stored) this.#notes.remove(note);
      }
    }
    if (this.#notes.trackers().length > 0) batcher.delivery.adoptNow();
  }

  #be(member: Member, isThere: boolean): void {
    member.isThere = isThere;
    this.#presence();
  }

  // What the last page says in leaving and the next one in loading is one batch, if that comes soon.
  #presence(): void {
    clearTimeout(this.#goneTimer);
    if (this.#host.page || [...this.#members.values()].some(({ isThere }) => isThere)) return;
    this.#goneTimer = setTimeout(() => {
      for (const batcher of this.#batchers.values()) batcher.guarded(() => batcher.seal());
    }, NEXT_PAGE_MS);
  }

  #leave(recorder: string, member: Member): void {
    if (this.#members.get(recorder) === member) this.#members.delete(recorder);
    const [oldest] = this.#received.keys();
    if (oldest !== undefined && this.#received.size > MOST_REMEMBERED) {
      this.#received.delete(oldest);
      this.#stored.delete(oldest);
    }
    this.#presence();
    this.#prune();
  }

  async #end(recorder: string, member: Member): Promise<void> {
    const { batcher } = member;
    await batcher.flush();
    this.#members.delete(recorder);
    this.#presence();
    const isUsed = [...this.#members.values()].some((other) => other.batcher === batcher);
    if (isUsed || !this.#host.page) return;
    await batcher.stop();
    for (const outbox of this.#outboxes.values()) outbox.close();
  }

  #tellDelivered({ recorders = [], events, rawBytes, body }: StoredBatch): void {
    for (const [recorder, own] of totals(recorders)) {
      const share = own / events;
      this.#members.get(recorder)?.listener.delivered({
        events: own,
        rawBytes: Math.round(rawBytes * share),
        wireBytes: Math.round(body.length * share),
      });
    }
  }

  // Losses of recorders that are gone are told to one that is there.
  #tellLost(drop: Drop, recorders: readonly Run[] | undefined): void {
    let rest = drop.events;
    for (const [recorder, events] of totals(recorders ?? [])) {
      const member = this.#members.get(recorder);
      if (!member || member.isGone) continue;
      member.listener.lost({ ...drop, events });
      rest -= events;
    }
    const members = [...this.#members.values()];
    const last = members.filter(({ isGone }) => !isGone).at(-1) ?? members.at(-1);
    if (rest > 0 || drop.events === 0) last?.listener.lost({ ...drop, events: rest });
  }

  #tellAll(notice: Notice): void {
    for (const { listener } of this.#members.values()) listener.notice(notice);
  }
}
