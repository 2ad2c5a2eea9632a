// From an event's fields to a sealed batch: when that is sealed, and what leaves with the page.

import type { Drop, DropReason, Notice, Rank } from '../types.ts';
import type { Core } from './batch/core.ts';
import { NO_BOUND, Status } from './batch/core.ts';
import { type BatchSource, Lane } from './batch/lane.ts';
import { PlainBatch } from './batch/plain.ts';
import { canDeflate, deflated } from './delivery/deflate.ts';
import { Delivery } from './delivery/delivery.ts';
import { recoveryBy } from './delivery/recovery.ts';
import { Tabs } from './delivery/tabs.ts';
import { Transport } from './delivery/transport.ts';
import type { Host } from './host.ts';
import { Losses } from './losses.ts';
import type { Notes } from './notes.ts';
import type { Outbox, Progress } from './outbox/outbox.ts';
import type { EngineSettings } from './settings.ts';
import type { Level, Run, StoredBatch } from './types.ts';

/** As many times flushCount and flushBytes a batch may have while others wait to be sent. */
const GROWTH = 8;
/** A page or worker that is killed loses what came in this time, and what its recorder had not posted. */
const SAVE_INTERVAL_MS = 150;

export interface BatcherHooks {
  /** A batch is delivered. `recorders`: whose events it held. */
  accepted(batch: StoredBatch): void;
  /** Events are lost; without `recorders` nobody knows whose. */
  lost(drop: Drop, recorders: readonly Run[] | undefined): void;
  notice(notice: Notice): void;
}

/** Groups whose events an engine has, and what hears that they are stored. */
interface Unstored {
  recorder: string;
  group: number;
  stored(): void;
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
  /** Batches may be sealed: the core is there, or will never be. */
  #ready = false;
  #compress: boolean;
  /** What is open is due, and only waits for its turn. */
  #full = false;
  #isLeaving = false;
  #unstored: Unstored[] = [];
  #sealTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  /** `id` names it in batch ids. It has no core until `load`. */
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
    const tabs = new Tabs(id, outbox);
    this.delivery = new Delivery(this.#source, outbox, this.#transport, tabs, notes, {
      accepted: hooks.accepted,
      lost: ({ events, recorders }, reason, { status, errorCode }) =>
        this.#lose({ reason, events, status, ...(errorCode && { errorCode }) }, recorders),
      notice: hooks.notice,
      free: () => {
        if (this.#full) this.guarded(() => this.seal());
      },
      uncompressed: () => {
        this.#compress = false;
      },
    });
    this.delivery.exits.policy = settings.exit;
    this.#normal = new Lane('normal', new PlainBatch(), this.#source);
  }

  /** Takes the core that is on its way; without one, events go plain. */
  load(loading: Promise<Core>): void {
    this.#loaded = loading.then(
      (core) => this.guarded(() => this.#start(core)),
      () => this.guarded(() => this.#start(undefined)),
    );
  }

  /** The core could not be had. */
  get lacksCore(): boolean {
    return this.#ready && !this.#core;
  }

  /** Of recorders that share batches the last one decides when those are sealed. */
  adjust(settings: EngineSettings): void {
    this.#settings = settings;
    this.delivery.exits.policy = settings.exit;
  }

  /** Adds an event of `recorder`, `[key, value, …]`. */
  append(fields: readonly string[], rank: Rank, recorder: string): void {
    this.guarded(() => this.#append(this.#lane(rank), fields, recorder), [[recorder, 1]]);
  }

  /** `stored` is called once everything that was appended before is safe from a crash. */
  whenStored(recorder: string, group: number, stored: () => void): void {
    this.#unstored.push({ recorder, group, stored });
    if (this.#outbox.outlivesPage) this.#saveLater();
    else this.#tellStored(this.#unstored.splice(0));
  }

  /** Nothing is open and nothing waits. */
  get isEmpty(): boolean {
    return this.#lanes.every(({ events }) => events === 0) && !this.delivery.busy;
  }

  async flush(): Promise<void> {
    await this.#loaded;
    this.guarded(() => this.seal());
    await this.delivery.idle();
  }

  /** Ends for good: no timer stays. What is unsent is in the outbox. */
  async stop(): Promise<void> {
    clearTimeout(this.#sealTimer);
    clearTimeout(this.#saveTimer);
    this.delivery.stop();
    await this.delivery.idle();
    for (const lane of this.#lanes) lane.close();
  }

  /** Does `work`, whose failure is told as a loss of these recorders' events. */
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
    // A page that keeps nothing must not ask a failing endpoint once an event until it is left.
    const sparesEndpoint = this.delivery.isDelayed && !this.#outbox.outlivesPage;
    if (this.#host.page?.hidden && !sparesEndpoint) {
      // Nobody knows whether a timer or an answer will come: at the end of this task.
      queueMicrotask(() => this.leave());
      return;
    }
    const times = Math.max(lane.events / flushCount, bytes / flushBytes);
    this.#full ||= times >= 1 || lane.rank === 'high';
    // A batch that would have to wait may grow meanwhile: one request costs a page less than several.
    if (this.#ready && times >= GROWTH) this.seal();
    else if (this.#ready && this.#full && !this.delivery.busy) this.#sealSoon(lane, times);
    else this.#sealLater();
  }

  // A batch that is full goes at once; what is urgent goes with the rest of its group.
  #sealSoon(lane: Lane, times: number): void {
    if (times >= 1) this.seal();
    else if (lane.events === 1) queueMicrotask(() => this.guarded(() => this.seal()));
  }

  #sealLater(): void {
    const { flushInterval } = this.#settings;
    this.#sealTimer ??= setTimeout(() => this.guarded(() => this.seal()), flushInterval);
  }

  // A copy of what is open goes to the outbox, for the page or worker that may be killed.
  #saveLater(): void {
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      this.guarded(() => this.#save());
    }, SAVE_INTERVAL_MS);
  }

  #save(): void {
    const unstored = this.#unstored.splice(0);
    const level = this.#compress ? 'fast' : 'none';
    const copies = this.#lanes.flatMap((lane) => lane.save(level) ?? []);
    if (copies.length === 0 && unstored.length === 0) return;
    const saved = this.#outbox.saveOpen(copies, this.#progressOf(unstored));
    void saved.then(() => this.#tellStored(unstored));
  }

  // A recorder in the engine's own page ends with it, and asks nothing later.
  #progressOf(unstored: readonly Unstored[]): Progress | undefined {
    if (this.#host.page) return undefined;
    return new Map(unstored.map(({ recorder, group }) => [recorder, group]));
  }

  #tellStored(unstored: readonly Unstored[]): void {
    for (const { stored } of unstored) stored();
  }

  /** Hands all that is open to delivery. */
  seal(): void {
    clearTimeout(this.#sealTimer);
    this.#sealTimer = undefined;
    if (!this.#ready) return;
    this.#full = false;
    const unstored = this.#unstored.splice(0);
    const progress = this.#progressOf(unstored);
    const stored = this.#lanes.flatMap((lane) => this.#sealLane(lane, progress));
    if (stored.length === 0) this.#unstored.push(...unstored);
    else void Promise.all(stored).then(() => this.#tellStored(unstored));
  }

  // Resolves, batch by batch, as these are stored.
  #sealLane(lane: Lane, progress?: Progress): Promise<void>[] {
    const stored: Promise<void>[] = [];
    while (lane.events > 0) {
      const batch = lane.copy(NO_BOUND, this.#level);
      const plain =
        this.#settings.compression === 'deflate' && batch?.encoding === 'lz4' && canDeflate()
          ? lane.copy(NO_BOUND, 'none')
          : undefined;
      const events = batch?.events ?? lane.events;
      // First, as what delivery says of the batch may come back as an event of the page.
      lane.discard(events);
      if (batch) stored.push(this.delivery.add(batch, plain && deflated(plain), progress));
      else this.#lose({ reason: 'out_of_memory', events }, undefined);
    }
    return stored;
  }

  get #level(): Level {
    return this.#compress ? this.#host.level : 'none';
  }

  /** The page may be going: everything leaves that the quota takes; the rest is kept for another page. */
  leave(): void {
    // Firefox may unload the page, and call us again, while a beacon is handed over.
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.guarded(() => this.#leave());
    this.#isLeaving = false;
  }

  #leave(): void {
    this.delivery.leave();
    // When a tab is closed, Firefox hides its page, unloads it, and from then on loses fetches but no beacon.
    const byFetch = this.#ready && 'keepalive' in Request.prototype && !this.#host.page?.ending;
    let most = NO_BOUND;
    for (const lane of this.#lanes) {
      while (!this.delivery.mustWait) {
        const room = Math.min(most, this.#transport.keepaliveRoom);
        const batch = this.#leaving(lane, room, byFetch && this.#compress);
        if (!batch) break;
        if (!byFetch && !this.delivery.beacon(batch)) {
          // The quota has less left than can be seen from here.
          most = room >> 1;
          continue;
        }
        lane.discard(batch.events);
        if (byFetch) void this.delivery.sendNow(batch);
      }
      this.#sealLane(lane);
    }
  }

  // Firefox often loses a request that waits for its preflight as a tab is closed: what is small goes without one.
  #leaving(lane: Lane, room: number, compress: boolean): StoredBatch | undefined {
    const plain = !compress || this.#transport.needsPreflight;
    const batch = plain ? lane.copy(room, 'none') : undefined;
    return compress && batch?.events !== lane.events ? lane.copy(room, 'fast') : batch;
  }

  // The core has come, or never will.
  #start(core: Core | undefined): void {
    this.#core = core;
    this.#ready = true;
    if (core) {
      this.#full = false;
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
