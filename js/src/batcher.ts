// From an event's fields to a sealed batch: when that is sealed, and what leaves with the page.

import type { Core } from './core.ts';
import { NO_BOUND, Status } from './core.ts';
import { canDeflate, deflated } from './deflate.ts';
import { Delivery } from './delivery.ts';
import { DurableOutbox } from './durable_outbox.ts';
import { Lane, type Origin } from './lane.ts';
import { literalBlock } from './literal_block.ts';
import type { Losses } from './losses.ts';
import { MemoryOutbox } from './memory_outbox.ts';
import type { Settings } from './options.ts';
import type { Outbox } from './outbox.ts';
import type { PageWatch } from './page.ts';
import { PlainBatch } from './plain.ts';
import { randomId } from './random_id.ts';
import { recoveryBy } from './recovery.ts';
import { Tabs } from './tabs.ts';
import { Transport } from './transport.ts';
import type { DropReason, Rank, StoredBatch } from './types.ts';

/** As many times flushCount and flushBytes a batch may have while others wait to be sent. */
const GROWTH = 8;
/** A page that is killed loses what it tracked in this time, and in the half second that it may wait for idle time before. */
const SAVE_INTERVAL_MS = 500;

export class Batcher {
  readonly #losses: Losses;
  readonly #settings: Settings;
  readonly #origin: Origin;
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  readonly #delivery: Delivery;
  readonly #page: PageWatch;
  readonly #loaded: Promise<void>;
  readonly #normal: Lane;
  #high: Lane | undefined;
  #core: Core | undefined;
  /** Batches may be sealed: the core is there, or will never be. */
  #ready = false;
  #compress: boolean;
  /** The first batch of the page has gone ahead. */
  #warm: boolean;
  /** What is open is due, and only waits for its turn. */
  #full = false;
  #sealTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  /** `loading` is the core on its way. */
  constructor(settings: Settings, page: PageWatch, losses: Losses, loading: Promise<Core>) {
    this.#settings = settings;
    this.#page = page;
    this.#losses = losses;
    this.#compress = settings.compression !== 'none';
    // What is never compressed is never asked for.
    this.#warm = !(settings.warmUp && this.#compress);
    let batches = 0;
    const { url, source, topic, tags, compressAbove } = settings;
    this.#origin = {
      url,
      tracker: randomId(),
      envelope: { source, topic, tags },
      compressAbove,
      nextNumber: () => batches++,
      dropped: () => losses.tag,
    };
    this.#transport = new Transport(url);
    const hooks = {
      evictable: (batch: StoredBatch) => !this.#delivery.isSending(batch),
      evicted: (batch: StoredBatch, reason: DropReason) => {
        this.#delivery.forget(batch);
        // A beacon was sent, and only kept for want of an answer.
        if (!this.#delivery.isBeaconed(batch)) this.#losses.drop({ reason, events: batch.events });
      },
      memoryOnly: () => this.#losses.notice({ kind: 'memory_only' }),
    };
    this.#outbox = settings.storage
      ? new DurableOutbox(settings, hooks)
      : new MemoryOutbox(settings, hooks);
    const tabs = new Tabs(this.#origin.tracker, this.#outbox);
    this.#delivery = new Delivery(this.#origin, this.#outbox, this.#transport, tabs, {
      accepted: (batch) => this.#accepted(batch),
      lost: ({ events }, reason, { status, errorCode }) =>
        this.#losses.drop({ reason, events, status, ...(errorCode && { errorCode }) }),
      notice: (notice) => this.#losses.notice(notice),
      free: () => {
        if (this.#full) this.#losses.guarded(() => this.#seal());
      },
      uncompressed: () => {
        this.#compress = false;
      },
    });
    this.#normal = new Lane('normal', new PlainBatch(), this.#origin);
    this.#loaded = loading.then(
      (core) => this.#losses.guarded(() => this.#start(core)),
      () => this.#losses.guarded(() => this.#start(undefined)),
    );
  }

  /** Adds an event, `[key, value, …]`. */
  append(fields: readonly string[], rank: Rank): void {
    this.#losses.guarded(() => {
      this.#append(this.#lane(rank), fields);
      this.#goAhead();
    }, 1);
  }

  async flush(): Promise<void> {
    await this.#loaded;
    this.#losses.guarded(() => this.#seal());
    await this.#delivery.idle();
  }

  /** Ends for good: no timer stays. What is unsent is in the outbox. */
  async stop(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#delivery.stop();
    this.#transport.stop();
    await this.#delivery.idle();
  }

  // Highest rank first.
  get #lanes(): Lane[] {
    return this.#high ? [this.#high, this.#normal] : [this.#normal];
  }

  #lane(rank: Rank): Lane {
    if (rank === 'normal') return this.#normal;
    this.#high ??= new Lane('high', this.#core?.another() ?? new PlainBatch(), this.#origin);
    return this.#high;
  }

  #append(lane: Lane, fields: readonly string[]): void {
    let bytes = lane.append(fields);
    if (bytes === Status.FULL && this.#ready) {
      this.#seal();
      bytes = lane.append(fields);
    }
    if (bytes < 0) {
      this.#losses.drop({ reason: REASONS[bytes] ?? 'internal_error', events: 1 });
      return;
    }
    const { flushCount, flushBytes } = this.#settings;
    // A page that keeps nothing must not ask a failing endpoint once an event until it is left.
    const sparesEndpoint = this.#delivery.isDelayed && !this.#outbox.outlivesPage;
    if (this.#page.hidden && !sparesEndpoint) {
      // Nobody knows whether a timer or an answer will come: at the end of this task.
      queueMicrotask(() => this.leave());
      return;
    }
    const times = Math.max(lane.events / flushCount, bytes / flushBytes);
    this.#full ||= times >= 1;
    // A batch that would have to wait may grow meanwhile: one request costs a page less than several.
    if (this.#ready && (times >= GROWTH || (this.#full && !this.#delivery.busy))) {
      this.#seal();
    } else {
      this.#sealLater();
      this.#saveLater();
    }
  }

  // The page's first events, at once and always compressed: a browser asks an endpoint for every header.
  #goAhead(): void {
    if (this.#warm || !this.#ready || this.#lanes.every(({ events }) => events === 0)) return;
    this.#warm = true;
    if (this.#page.hidden) return;
    for (const lane of this.#lanes) this.#sealLane(lane, this.#compress);
  }

  #sealLater(): void {
    const { flushInterval } = this.#settings;
    this.#sealTimer ??= setTimeout(() => this.#losses.guarded(() => this.#seal()), flushInterval);
  }

  // A copy of what is open goes to the outbox, for the page that may be killed.
  #saveLater(): void {
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      this.#losses.guarded(() => {
        for (const lane of this.#lanes) {
          const batch = lane.save(this.#compress);
          if (batch) this.#outbox.saveOpen(batch);
        }
      });
    }, SAVE_INTERVAL_MS);
  }

  // Hands all that is open to delivery.
  #seal(): void {
    clearTimeout(this.#sealTimer);
    this.#sealTimer = undefined;
    if (!this.#ready) return;
    this.#full = false;
    for (const lane of this.#lanes) this.#sealLane(lane);
  }

  #sealLane(lane: Lane, always = false): void {
    while (lane.events > 0) {
      const batch = lane.copy(NO_BOUND, this.#compress, always ? 0 : undefined);
      const plain =
        this.#settings.compression === 'deflate' && batch?.encoding === 'lz4' && canDeflate()
          ? lane.copy(NO_BOUND, false)
          : undefined;
      const events = batch?.events ?? lane.events;
      // First, as what delivery says of the batch may come back as an event of the page.
      lane.discard(events);
      if (batch) {
        const first = always && batch.encoding === 'plain' ? literalBlock(batch) : batch;
        this.#delivery.add(first, plain && deflated(plain));
      } else this.#losses.drop({ reason: 'out_of_memory', events });
    }
  }

  /** The page may be going: everything leaves that the quota takes; the rest is kept for another page. */
  leave(): void {
    this.#losses.guarded(() => this.#leave());
  }

  /** The page is gone, or in the back/forward cache. */
  pause(): void {
    this.#losses.guarded(() => this.#delivery.pause());
  }

  /** It is back. */
  resume(): void {
    this.#losses.guarded(() => this.#delivery.resume());
  }

  #leave(): void {
    this.#delivery.leave();
    // When a tab is closed, Firefox hides its page, unloads it, and from then on loses fetches but no beacon.
    const byFetch = this.#ready && 'keepalive' in Request.prototype && !this.#page.ending;
    let most = NO_BOUND;
    for (const lane of this.#lanes) {
      while (!this.#delivery.mustWait) {
        const room = Math.min(most, this.#transport.keepaliveRoom);
        const batch = lane.copy(room, byFetch && this.#compress);
        if (!batch) break;
        if (!byFetch && !this.#delivery.beacon(batch)) {
          // The quota has less left than can be seen from here.
          most = room >> 1;
          continue;
        }
        lane.discard(batch.events);
        if (byFetch) this.#delivery.sendNow(batch);
      }
      this.#sealLane(lane);
    }
  }

  // The core has come, or never will.
  #start(core: Core | undefined): void {
    this.#core = core;
    this.#ready = true;
    if (core) {
      this.#full = false;
      for (const lane of this.#lanes) this.#moveInto(core, lane);
    }
    this.#delivery.start(recoveryBy(core));
    this.#goAhead();
    if (!core) this.#seal();
  }

  #moveInto(core: Core, lane: Lane): void {
    const waiting = lane.moveTo(lane === this.#normal ? core : core.another());
    for (const fields of waiting) this.#losses.guarded(() => this.#append(lane, fields), 1);
  }

  #accepted({ tracker, events, rawBytes, body }: StoredBatch): void {
    // What other pages have left is not of this tracker's counting.
    if (tracker !== this.#origin.tracker) return;
    this.#losses.counts.sent += events;
    this.#losses.counts.rawBytes += rawBytes;
    this.#losses.counts.wireBytes += body.length;
  }
}

const REASONS: Readonly<Record<number, DropReason>> = {
  [Status.FULL]: 'queue_full',
  [Status.TOO_LARGE]: 'too_large',
  [Status.NO_MEMORY]: 'out_of_memory',
};
