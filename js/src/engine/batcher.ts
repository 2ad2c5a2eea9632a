// Collects events into batches, decides when a batch is sealed, and sends what it can when the page ends.

import { clearTimeout, Map, Promise, queueMicrotask, setTimeout } from '../natives.ts';
import type { Drop, DropReason, Notice, Rank } from '../types.ts';
import type { Core } from './batch/core.ts';
import { NO_BOUND, Status } from './batch/core.ts';
import { canDeflate, deflated } from './batch/deflate.ts';
import { type BatchSource, Lane } from './batch/lane.ts';
import { PlainBatch } from './batch/plain.ts';
import { within } from './bounded.ts';
import { Delivery } from './delivery/delivery.ts';
import { recoveryBy } from './delivery/recovery.ts';
import { Transport } from './delivery/transport.ts';
import { Turns } from './delivery/turns.ts';
import type { Host } from './host.ts';
import { Losses } from './losses.ts';
import type { Notes } from './notes.ts';
import type { Outbox, Progress } from './outbox/outbox.ts';
import type { EngineSettings } from './settings.ts';
import type { Level, Run, StoredBatch } from './types.ts';

/** While other batches wait to be sent, a batch may grow to this many times `flushCount` and `flushBytes`. */
const GROWTH = 8;
/**
 * How long an event waits by default: 10 s and 4 s, less what it may wait in the recorder. A worker joins what the next
 * page records; a page must send what is left within a quota.
 */
const WAIT_MS = { lasting: 9_300, page: 3_300 };
/** Open batches are saved at this interval. A killed page or worker loses events newer than that, or not yet posted. */
const SAVE_INTERVAL_MS = 150;
/** A page's replacement of CompressionStream may never finish. */
const DEFLATE_MS = 5_000;
/** Batches do not wait longer for the core. */
const CORE_MS = 60_000;

export interface BatcherHooks {
  /** A batch is delivered. `isAnswered` false: it counts as delivered, as nobody will hear the answer. */
  delivered(batch: StoredBatch, isAnswered: boolean): void;
  /** Events are lost. `recorders`: whose events these were; undefined if unknown. */
  lost(drop: Drop, recorders: readonly Run[] | undefined): void;
  notice(notice: Notice): void;
}

/** A group whose events are not stored yet. Calls `stored` once they are. */
interface Unstored {
  recorder: string;
  group: number;
  /** The recorder has a note of the group. */
  hasNote: boolean | undefined;
  stored(): void;
}

interface Sealed {
  batch: StoredBatch;
  /** The same batch without compression, to be deflated. */
  plain: StoredBatch | undefined;
}

export class Batcher {
  readonly losses = new Losses();
  readonly delivery: Delivery;
  readonly #host: Host;
  readonly #hooks: BatcherHooks;
  readonly #outbox: Outbox;
  readonly #transport: Transport;
  readonly #source: BatchSource;
  #loaded: Promise<void> = Promise.resolve();
  readonly #normal: Lane;
  #settings: EngineSettings;
  #high: Lane | undefined;
  #core: Core | undefined;
  /** Batches may be sealed: the core has loaded, or failed to load. */
  #ready = false;
  #compress: boolean;
  /** The open batches are due and only wait for delivery to be free. */
  #isDue = false;
  /** A lane, and how many of its oldest events an exit request is taking. */
  #handingOver: [lane: Lane, events: number] | undefined;
  #unstored: Unstored[] = [];
  #sealTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  /** `id` is part of the batch ids. Call `load` next: until then there is no core. */
  constructor(
    id: string,
    settings: EngineSettings,
    host: Host,
    notes: Notes,
    outbox: Outbox,
    hooks: BatcherHooks,
  ) {
    this.#settings = settings;
    this.#host = host;
    this.#hooks = hooks;
    this.#outbox = outbox;
    this.#compress = settings.compression !== 'none';
    let batches = 0;
    const { url, source, topic, tags, compressAbove } = settings;
    this.#source = {
      url,
      tracker: id,
      envelope: { source, topic, tags },
      compressAbove,
      nextNumber: () => batches++,
      dropped: () => this.losses.tag,
    };
    this.#transport = new Transport(url, host);
    const turns = new Turns(id, outbox);
    this.delivery = new Delivery(this.#source, outbox, this.#transport, turns, notes, {
      delivered: hooks.delivered,
      lost: ({ events, recorders }, reason, { status, errorCode }) =>
        this.#lose({ reason, events, status, ...(errorCode && { errorCode }) }, recorders),
      notice: hooks.notice,
      drained: () => {
        if (this.#isDue) this.guarded(() => this.seal());
      },
      compressionRefused: () => {
        this.#compress = false;
      },
    });
    this.delivery.exits.policy = settings.exit;
    this.#normal = new Lane('normal', new PlainBatch(), this.#source);
  }

  /** Uses the core once it has loaded. If that fails, batches are sent uncompressed. */
  load(loading: Promise<Core>): void {
    this.#loaded = within(loading, CORE_MS).then(
      (core) => this.guarded(() => this.#start(core)),
      () => this.guarded(() => this.#start(undefined)),
    );
  }

  /** Address of the requests. */
  get url(): string {
    return this.#source.url;
  }

  /** The core failed to load. */
  get lacksCore(): boolean {
    return this.#ready && !this.#core;
  }

  /** Takes over the settings of the latest recorder, which decide for all recorders when batches are sealed. */
  adjust(settings: EngineSettings): void {
    this.#settings = settings;
    this.delivery.exits.policy = settings.exit;
  }

  /** Adds an event of `recorder`, `[key, value, …]`. */
  append(fields: readonly string[], rank: Rank, recorder: string): void {
    this.guarded(() => this.#append(this.#lane(rank), fields, recorder), [[recorder, 1]]);
  }

  /** Calls `stored` once all events appended so far are safe from a crash. */
  whenStored(group: Unstored): void {
    this.#unstored.push(group);
    if (this.#outbox.outlivesPage) this.#saveLater();
    else this.#tellStored(this.#unstored.splice(0));
  }

  /** No event is open, and no batch waits to be sent. */
  get isEmpty(): boolean {
    return this.#lanes.every(({ events }) => events === 0) && !this.delivery.busy;
  }

  async flush(): Promise<void> {
    await this.#loaded;
    this.guarded(() => this.seal());
    await this.delivery.idle();
  }

  /** Stops for good and removes all timers. Unsent batches stay in the outbox. */
  async stop(): Promise<void> {
    clearTimeout(this.#sealTimer);
    clearTimeout(this.#saveTimer);
    this.delivery.stop();
    await this.delivery.idle();
    for (const lane of this.#lanes) lane.close();
  }

  /** Runs `work`. If it throws, reports the events of `recorders` as lost. */
  guarded(work: () => void, recorders: readonly Run[] = []): void {
    try {
      work();
    } catch {
      const events = recorders.reduce((sum, [, count]) => sum + count, 0);
      this.#lose({ reason: 'internal_error', events }, recorders);
    }
  }

  // Highest rank first.
  get #lanes(): Lane[] {
    return this.#high ? [this.#high, this.#normal] : [this.#normal];
  }

  #lane(rank: Rank): Lane {
    if (rank === 'normal') return this.#normal;
    this.#high ??= new Lane('high', this.#core?.another() ?? new PlainBatch(), this.#source);
    return this.#high;
  }

  #lose(drop: Drop, recorders: readonly Run[] | undefined): void {
    this.losses.add(drop.reason, drop.events);
    this.#hooks.lost(drop, recorders);
  }

  #append(lane: Lane, fields: readonly string[], recorder: string): void {
    this.#discardHandedOver();
    let bytes = lane.append(fields, recorder);
    if (bytes === Status.FULL && this.#ready) {
      this.seal();
      bytes = lane.append(fields, recorder);
    }
    if (bytes < 0) {
      this.#lose({ reason: REASONS[bytes] ?? 'internal_error', events: 1 }, [[recorder, 1]]);
      return;
    }
    const { flushCount, flushBytes } = this.#settings;
    // While the endpoint fails, a hidden page without storage must not send a request for every event.
    const sparesEndpoint = this.delivery.isDelayed && !this.#outbox.outlivesPage;
    if (this.#host.page?.hidden && !sparesEndpoint) {
      // A hidden page may end before a timer or an answer comes: send at the end of this task.
      queueMicrotask(() => this.sendOnExit());
      return;
    }
    const fill = Math.max(lane.events / flushCount, bytes / flushBytes);
    this.#isDue ||= fill >= 1 || lane.rank === 'high';
    // A batch that has to wait may grow: one large request costs a page less than several small ones.
    if (this.#ready && fill >= GROWTH) this.seal();
    else if (this.#ready && this.#isDue && !this.delivery.busy) this.#sealSoon(lane, fill);
    else this.#sealLater();
  }

  // Seals a full batch at once, and an urgent event together with the rest of its group.
  #sealSoon(lane: Lane, fill: number): void {
    if (fill >= 1) this.seal();
    else if (lane.events === 1) queueMicrotask(() => this.guarded(() => this.seal()));
  }

  #sealLater(): void {
    const { flushInterval = this.#host.lasting ? WAIT_MS.lasting : WAIT_MS.page } = this.#settings;
    this.#sealTimer ??= setTimeout(() => this.guarded(() => this.seal()), flushInterval);
  }

  // Copies the open batches to the outbox soon, in case the page or worker is killed.
  #saveLater(): void {
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      this.guarded(() => this.#save());
    }, SAVE_INTERVAL_MS);
  }

  #save(): void {
    this.#discardHandedOver();
    const unstored = this.#unstored.splice(0);
    const level = this.#compress ? 'fast' : 'none';
    const copies = this.#lanes.flatMap((lane) => lane.openCopy(level) ?? []);
    if (copies.length === 0 && unstored.length === 0) return;
    const saved = this.#outbox.saveOpen(copies, this.#progressOf(unstored));
    void saved.then(() => this.#tellStored(unstored));
  }

  // A recorder that ends with its engine never asks for its progress. Only its notes need it, to find repeats.
  #progressOf(unstored: readonly Unstored[]): Progress {
    const told = unstored.filter(({ hasNote }) => hasNote || this.#host.lasting);
    return new Map(told.map(({ recorder, group }) => [recorder, group]));
  }

  #tellStored(unstored: readonly Unstored[]): void {
    for (const { stored } of unstored) stored();
  }

  /** Seals the open batches and hands them to delivery. */
  seal(): void {
    clearTimeout(this.#sealTimer);
    this.#sealTimer = undefined;
    if (!this.#ready) return;
    this.#isDue = false;
    this.#discardHandedOver();
    const unstored = this.#unstored.splice(0);
    const progress = this.#progressOf(unstored);
    const stored = this.#addSealed(
      this.#lanes.flatMap((lane) => this.#sealed(lane)),
      progress,
    );
    if (stored.length === 0) this.#unstored.push(...unstored);
    else void Promise.all(stored).then(() => this.#tellStored(unstored));
  }

  // Returns a promise for each batch, which resolves once the batch is stored. The last one brings the progress: before
  // that, not all of the groups are stored.
  #addSealed(sealed: readonly Sealed[], progress?: Progress): Promise<void>[] {
    return sealed.map(({ batch, plain }, at) =>
      this.delivery.add(
        batch,
        plain && within(deflated(plain), DEFLATE_MS),
        at === sealed.length - 1 ? progress : undefined,
      ),
    );
  }

  // Seals all events of a lane.
  #sealed(lane: Lane): Sealed[] {
    const sealed: Sealed[] = [];
    while (lane.events > 0) {
      const batch = lane.seal(NO_BOUND, this.#level);
      const plain =
        this.#settings.compression === 'deflate' && batch?.encoding === 'lz4' && canDeflate()
          ? lane.seal(NO_BOUND, 'none')
          : undefined;
      const events = batch?.events ?? lane.events;
      lane.discard(events);
      if (batch) sealed.push({ batch, plain });
      else this.#lose({ reason: 'out_of_memory', events }, undefined);
    }
    return sealed;
  }

  get #level(): Level {
    return this.#compress ? this.#host.level : 'none';
  }

  /** The page may end: sends as much as the keepalive quota allows, and stores the rest for another page. */
  sendOnExit(): void {
    this.guarded(() => this.#sendOnExit());
  }

  #sendOnExit(): void {
    this.#discardHandedOver();
    this.delivery.sendUnsent();
    const byFetch = this.#ready && this.#transport.fetchOutlivesPage;
    let maxBytes = NO_BOUND;
    for (const lane of this.#lanes) {
      while (!this.delivery.mustWait) {
        const room = Math.min(maxBytes, this.#transport.keepaliveRoom);
        const batch = lane.seal(room, byFetch && this.#compress ? 'fast' : 'none');
        if (!batch) break;
        this.#handingOver = [lane, batch.events];
        if (byFetch) void this.delivery.sendNow(batch);
        else if (!this.delivery.beacon(batch)) {
          // The quota has less room than this page can know, because others use it too.
          this.#handingOver = undefined;
          maxBytes = room >> 1;
        }
        this.#discardHandedOver();
      }
      this.#addSealed(this.#sealed(lane));
    }
    if (this.#progressOf(this.#unstored).size > 0) this.#save();
  }

  // Firefox may end this script inside `sendBeacon` or `fetch`, and then call another handler. The request was made.
  #discardHandedOver(): void {
    const [lane, events = 0] = this.#handingOver ?? [];
    this.#handingOver = undefined;
    lane?.discard(events);
  }

  // Called once the core has loaded, or with undefined if it failed to load.
  #start(core: Core | undefined): void {
    // Two pages may each have asked to load it again after it had failed.
    if (this.#core) return;
    this.#core = core;
    this.#ready = true;
    if (core) {
      this.#isDue = false;
      for (const lane of this.#lanes) this.#moveInto(core.another(), lane);
    }
    this.delivery.start(recoveryBy(core));
    if (!core) this.seal();
  }

  #moveInto(core: Core, lane: Lane): void {
    for (const [fields, recorder] of lane.moveTo(core)) {
      this.guarded(() => this.#append(lane, fields, recorder), [[recorder, 1]]);
    }
  }
}

const REASONS: Readonly<Record<number, DropReason>> = {
  [Status.FULL]: 'queue_full',
  [Status.TOO_LARGE]: 'too_large',
  [Status.NO_MEMORY]: 'out_of_memory',
};
