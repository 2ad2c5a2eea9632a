// The engine batches the events of its recorders, stores the batches and delivers them. It runs in the shared worker,
// in the page, or in a worker that called `createTracker`, so it must not use `document` or `window`.

import { clearTimeout, Map, type Promise, Set, setTimeout } from '../natives.ts';
import { quickId } from '../random_id.ts';
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

/**
 * Once no page is visible, the engine waits this long before it seals, so that the next page's events join the batch.
 */
const NEXT_PAGE_MS = 3_000;

/** After a group is stored, a worker waits this long and then reports all stored groups in one message per recorder. */
const TELL_STORED_MS = 3_000;

/** Most recorders whose last group is kept in memory; the outbox knows it too. */
const MAX_REMEMBERED = 1_000;

/** What a recorder passes when it opens a session. */
export interface Hello {
  /** The recorder's id, which is also the `page_load_id` of its events. */
  recorder: string;
  /** Some groups may be stored already: they were posted to an engine that died, or saved as notes. */
  resumes: boolean;
  settings: EngineSettings;
}

/** Events that a recorder posts in one message. */
export interface Group {
  /** Number of the group in its recorder, from 0. */
  number: number;
  /** `[key, value, …]` of each event. */
  events: readonly (readonly string[])[];
  /** Indexes of the events with high priority. */
  high: readonly number[];
  /** Events that the recorder lost since its last group. */
  losses: readonly (readonly [reason: DropReason, events: number])[];
  /** The recorder has saved the group as a note, which a crash of the browser may bring back after it was deleted. */
  isSaved?: boolean;
}

/** Delivered events of one recorder. */
export interface Delivered {
  events: number;
  /** The recorder's share of the batch's JSON, bytes. */
  rawBytes: number;
  /** The recorder's share of the batch's body, bytes. */
  wireBytes: number;
  /** The endpoint answered. False: they left with the page, and count as delivered. */
  isAnswered: boolean;
}

/** What an engine reports to a recorder. */
export interface Listener {
  /** All groups up to this one are safe from a crash. */
  stored(group: number): void;
  delivered(delivered: Delivered): void;
  lost(drop: Drop): void;
  notice(notice: Notice): void;
  /** The batch of this note is in the outbox, so the page may delete the note. */
  noteStored(key: string): void;
  /** Called when `isInDoubt` changes: whether the endpoint's last answer was a failure. */
  doubted(isInDoubt: boolean): void;
}

/** A recorder's connection to its engine. No method throws, and no promise rejects. */
export interface Session {
  /** Number of the recorder's last stored group, -1 for none. Includes groups that an earlier engine stored. */
  readonly stored: Promise<number>;
  add(group: Group): void;
  /** Sends all events now. Resolves when none waits any more, or when delivery has to pause because of the endpoint. */
  flush(): Promise<void>;
  /** Takes over notes that earlier pages saved while they ended. */
  takeNotes(notes: readonly (readonly [key: string, text: string])[]): void;
  /** The page is hidden, or may end. */
  hide(): void;
  /** The page is visible again. */
  show(): void;
  /** The page has ended, or is in the back/forward cache. */
  pause(): void;
  /** The page is back from the back/forward cache. */
  resume(): void;
  /** Ends the session: sends what it can, and leaves the rest in the outbox. */
  end(): Promise<void>;
  /** The page has ended, or has given up this session. */
  gone(): void;
}

interface Member {
  listener: Listener;
  batcher: Batcher;
  /** Its page is visible. */
  isVisible: boolean;
  /** Its page has ended or is in the back/forward cache, so it cannot hear messages. */
  isPaused: boolean;
}

export class Engine {
  readonly #host: Host;
  readonly #notes: Notes;
  readonly #outboxes = new Map<boolean, Outbox>();
  readonly #batchers = new Map<string, Batcher>();
  readonly #members = new Map<string, Member>();
  /** Number of the last group received, by recorder. */
  readonly #received = new Map<string, number>();
  /** Number of the last group stored, by recorder. */
  readonly #stored = new Map<string, number>();
  /** Recorders that still have to be told about their last stored group. */
  readonly #toNotify = new Set<string>();
  /** The group that is being added. Firefox may end the script meanwhile, and the recorder posts the group again. */
  #adding: { recorder: string; number: number; added: number } | undefined;
  readonly #outboxSettings: OutboxSettings = { outboxBytes: 0, outboxAge: 0 };
  #core: Promise<Core> | undefined;
  #sealTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#notes = new Notes(host.noteStorage);
  }

  open(hello: Hello, listener: Listener): Session {
    const { recorder, settings, resumes } = hello;
    const batcher = this.#batcher(settings);
    const member: Member = { listener, batcher, isVisible: true, isPaused: false };
    this.#members.set(recorder, member);
    this.#watchVisibility();
    // Restart all stopped deliveries: the endpoint may accept batches again, and a batcher without pages never asks.
    for (const other of this.#batchers.values()) other.delivery.tryAgain();
    for (const outbox of this.#outboxes.values()) void outbox.retryStorage();
    this.#prune();
    return {
      stored: this.#storedOf(recorder, resumes, settings.storage),
      add: (group) => this.#add(recorder, batcher, group),
      flush: () => batcher.flush().then(() => this.#tellAllStored()),
      takeNotes: (notes) => this.#takeNotes(batcher, notes),
      hide: () => {
        this.#setVisible(member, false);
        if (this.#host.page) batcher.sendOnExit();
      },
      show: () => this.#setVisible(member, true),
      pause: () => {
        member.isPaused = true;
        this.#setVisible(member, false);
        if (this.#host.page) batcher.delivery.pause();
      },
      resume: () => {
        member.isPaused = false;
        this.#setVisible(member, true);
        if (this.#host.page) batcher.delivery.resume();
      },
      end: () => this.#end(recorder, member),
      gone: () => this.#gone(recorder, member),
    };
  }

  /** The endpoint's last answer was a failure. */
  get isInDoubt(): boolean {
    return this.#notes.isInDoubt;
  }

  /** Tells all recorders whether the endpoint's last answer was a failure. */
  doubted(isInDoubt: boolean): void {
    for (const { listener } of this.#members.values()) listener.doubted(isInDoubt);
  }

  /** Tells all recorders that a note's batch is in the outbox: the page that handed it over may delete the note. */
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
    batcher = new Batcher(quickId(), settings, this.#host, this.#notes, outbox, {
      delivered: (batch, isAnswered) => this.#tellDelivered(batch, isAnswered),
      lost: (drop, recorders) => this.#tellLost(drop, recorders),
      notice: (notice) => this.#tellAll(notice),
    });
    this.#batchers.set(key, batcher);
    batcher.load(this.#loadCore(settings.coreUrl));
    return batcher;
  }

  // Forgets a failed download, so that the next page tries again.
  #loadCore(coreUrl: string | undefined): Promise<Core> {
    this.#core ??= this.#host.loadCore(coreUrl).catch((error) => {
      this.#core = undefined;
      throw error;
    });
    return this.#core;
  }

  // Removes unused batchers: pages with different tags create one each.
  #prune(): void {
    if (!this.#host.lasting) return;
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
      storageBack: () => {
        for (const { delivery } of this.#batchers.values()) delivery.adoptNow();
      },
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
      // The batch was sent as a beacon and only kept because a beacon has no answer.
      isDelivered ||= delivery.exits.isBeaconed(batch);
    }
    if (isDelivered) return;
    // The batch may be of an engine that is gone, so no batcher has its id.
    const batcher = [...this.#batchers.values()].find(({ url }) => url === batch.url);
    batcher?.losses.add(reason, events);
    this.#tellLost({ reason, events }, recorders);
  }

  async #storedOf(recorder: string, resumes: boolean, storage: boolean): Promise<number> {
    const stored = this.#stored.get(recorder) ?? -1;
    if (this.#received.has(recorder) || !resumes) return stored;
    return this.#outbox(storage).progressOf(recorder);
  }

  #add(recorder: string, batcher: Batcher, group: Group): void {
    const { number, events, high, losses, isSaved } = group;
    let adding = this.#adding;
    if (adding?.recorder !== recorder || adding.number !== number) {
      // Ignore repeats: a recorder that waited too long posts its groups again.
      if (number <= (this.#received.get(recorder) ?? -1)) return;
      this.#received.set(recorder, number);
      adding = { recorder, number, added: 0 };
      this.#adding = adding;
      for (const [reason, lost] of losses) batcher.losses.add(reason, lost);
    }
    for (; adding.added < events.length; adding.added++) {
      const rank: Rank = high.includes(adding.added) ? 'high' : 'normal';
      batcher.append(events[adding.added] as readonly string[], rank, recorder);
    }
    this.#adding = undefined;
    batcher.whenStored({
      recorder,
      group: number,
      hasNote: isSaved,
      stored: () => this.#tellStored(recorder, number),
    });
  }

  // Each message costs a page as much as an event, so several groups share one. If the recorder has resumed, its new
  // session gets the message.
  #tellStored(recorder: string, group: number): void {
    const isScheduled = this.#toNotify.size > 0;
    // Reports may come out of order, as batches wait until others are dropped: keep the highest number.
    this.#stored.set(recorder, Math.max(group, this.#stored.get(recorder) ?? -1));
    this.#toNotify.add(recorder);
    if (!this.#host.lasting) this.#tellAllStored();
    else if (!isScheduled) setTimeout(() => this.#tellAllStored(), TELL_STORED_MS);
  }

  #tellAllStored(): void {
    for (const recorder of this.#toNotify)
      this.#members.get(recorder)?.listener.stored(this.#stored.get(recorder) ?? -1);
    this.#toNotify.clear();
  }

  #takeNotes(batcher: Batcher, notes: readonly (readonly [key: string, text: string])[]): void {
    const { noteStorage } = this.#host;
    for (const [key, text] of notes) noteStorage.set(key, text);
    for (const owner of new Set(this.#notes.owners())) {
      // Remove notes of groups that this engine has stored: their page ended before it heard of that.
      const stored = this.#stored.get(owner) ?? -1;
      for (const note of this.#notes.of(owner)) {
        if (note.number <= stored) this.#notes.remove(note);
      }
    }
    if (this.#notes.owners().length > 0) batcher.delivery.adoptNow();
  }

  #setVisible(member: Member, isVisible: boolean): void {
    member.isVisible = isVisible;
    this.#watchVisibility();
  }

  // Seals all batches soon after the last page is hidden. If the next page loads before, its events join the batch.
  #watchVisibility(): void {
    clearTimeout(this.#sealTimer);
    if (!this.#host.lasting || [...this.#members.values()].some(({ isVisible }) => isVisible))
      return;
    this.#sealTimer = setTimeout(() => {
      for (const batcher of this.#batchers.values()) batcher.guarded(() => batcher.seal());
    }, NEXT_PAGE_MS);
  }

  #gone(recorder: string, member: Member): void {
    if (this.#members.get(recorder) === member) this.#members.delete(recorder);
    for (const oldest of this.#received.keys()) {
      if (this.#received.size <= MAX_REMEMBERED) break;
      this.#received.delete(oldest);
      this.#stored.delete(oldest);
    }
    this.#watchVisibility();
    this.#prune();
  }

  async #end(recorder: string, member: Member): Promise<void> {
    const { batcher } = member;
    await batcher.flush();
    this.#members.delete(recorder);
    this.#watchVisibility();
    const isUsed = [...this.#members.values()].some((other) => other.batcher === batcher);
    if (isUsed || this.#host.lasting) return;
    await batcher.stop();
    for (const outbox of this.#outboxes.values()) outbox.close();
  }

  #tellDelivered(
    { recorders = [], events, rawBytes, body }: StoredBatch,
    isAnswered: boolean,
  ): void {
    for (const [recorder, own] of totals(recorders)) {
      const share = own / events;
      this.#members.get(recorder)?.listener.delivered({
        events: own,
        rawBytes: Math.round(rawBytes * share),
        wireBytes: Math.round(body.length * share),
        isAnswered,
      });
    }
  }

  // Reports losses to their recorders. Losses of recorders that are gone go to another one.
  #tellLost(drop: Drop, recorders: readonly Run[] | undefined): void {
    let rest = drop.events;
    for (const [recorder, events] of totals(recorders ?? [])) {
      const member = this.#members.get(recorder);
      if (!member || member.isPaused) continue;
      member.listener.lost({ ...drop, events });
      rest -= events;
    }
    const members = [...this.#members.values()];
    const last = members.filter(({ isPaused }) => !isPaused).at(-1) ?? members.at(-1);
    if (rest > 0 || drop.events === 0) last?.listener.lost({ ...drop, events: rest });
  }

  #tellAll(notice: Notice): void {
    for (const { listener } of this.#members.values()) listener.notice(notice);
  }
}
