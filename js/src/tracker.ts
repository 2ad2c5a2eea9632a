// track(): from the page's event to a sealed batch, and when that is sealed.

import type { Core } from './core.ts';
import { NO_BOUND, Status } from './core.ts';
import { canDeflate, deflated } from './deflate.ts';
import { Delivery } from './delivery.ts';
import { DurableOutbox } from './durable_outbox.ts';
import { fieldsOf } from './fields.ts';
import { Lane, type Origin } from './lane.ts';
import { literalBlock } from './literal_block.ts';
import { MemoryOutbox } from './memory_outbox.ts';
import type { Settings } from './options.ts';
import type { Outbox } from './outbox.ts';
import type { PageEvents, PageWatch } from './page.ts';
import { PlainBatch } from './plain.ts';
import { recoveryBy } from './recovery.ts';
import { Tabs } from './tabs.ts';
import { Transport } from './transport.ts';
import type {
  Counts,
  Drop,
  DropReason,
  Notice,
  Rank,
  StoredBatch,
  TrackEvent,
  Tracker,
  TrackOptions,
} from './types.ts';

/** As many times flushCount and flushBytes a batch may have while others wait to be sent. */
const GROWTH = 8;
/** A page that is killed loses what it tracked in this time. */
const SAVE_INTERVAL_MS = 1_000;

/** Makes a tracker. `loading` is the core on its way; `watch` reports the page's life. */
export function startTracker(
  settings: Settings,
  loading: Promise<Core>,
  watch: (events: PageEvents) => PageWatch,
): Tracker {
  return new PageTracker(settings, loading, watch);
}

class PageTracker implements Tracker {
  readonly counts: Counts = { tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 };
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
  #stopped = false;
  #ended: Promise<void> | undefined;
  /** What is open is due, and only waits for its turn. */
  #full = false;
  #seq = 0;
  /** Events lost, by reason. */
  readonly #lost = new Map<DropReason, number>();
  /** A hook of the page is being called. */
  #telling = false;
  #sealTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    settings: Settings,
    loading: Promise<Core>,
    watch: (events: PageEvents) => PageWatch,
  ) {
    this.#settings = settings;
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
      dropped: () => Array.from(this.#lost, ([reason, events]) => `${reason}:${events}`).join(),
    };
    this.#transport = new Transport(url);
    const hooks = {
      evictable: (batch: StoredBatch) => !this.#delivery.isSending(batch),
      evicted: (batch: StoredBatch, reason: DropReason) => {
        this.#delivery.forget(batch);
        // A beacon was sent, and only kept for want of an answer.
        if (!this.#delivery.isBeaconed(batch)) this.#drop({ reason, events: batch.events });
      },
      memoryOnly: () => this.#notice({ kind: 'memory_only' }),
    };
    this.#outbox = settings.storage
      ? new DurableOutbox(settings, hooks)
      : new MemoryOutbox(settings, hooks);
    const tabs = new Tabs(this.#origin.tracker, this.#outbox);
    this.#delivery = new Delivery(this.#origin, this.#outbox, this.#transport, tabs, {
      accepted: (batch) => this.#accepted(batch),
      lost: ({ events }, reason, { status, errorCode }) =>
        this.#drop({ reason, events, status, ...(errorCode && { errorCode }) }),
      notice: (notice) => this.#notice(notice),
      free: () => {
        if (this.#full) this.#guarded(() => this.#seal());
      },
      uncompressed: () => {
        this.#compress = false;
      },
    });
    this.#normal = new Lane('normal', new PlainBatch(), this.#origin);
    this.#page = watch({
      leave: () => this.#guarded(() => this.#leave()),
      gone: () => this.#guarded(() => this.#delivery.pause()),
      back: () => this.#guarded(() => this.#delivery.resume()),
    });
    this.#loaded = loading.then(
      (core) => this.#guarded(() => this.#start(core)),
      () => this.#guarded(() => this.#start(undefined)),
    );
  }

  track(event: TrackEvent, options?: TrackOptions): void {
    this.counts.tracked++;
    if (this.#stopped) {
      this.#drop({ reason: 'shut_down', events: 1 });
      return;
    }
    let fields: string[];
    let rank: Rank;
    try {
      fields = this.#fieldsOf(event);
      rank = options?.priority === 'high' ? 'high' : 'normal';
    } catch {
      this.#drop({ reason: 'invalid_event', events: 1 });
      return;
    }
    this.#guarded(() => {
      this.#append(this.#lane(rank), fields);
      this.#goAhead();
    }, 1);
  }

  async flush(): Promise<void> {
    await this.#loaded;
    this.#guarded(() => this.#seal());
    await this.#delivery.idle();
  }

  shutdown(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#stopped = true;
    await this.flush();
    this.#page.stop();
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

  #fieldsOf(event: TrackEvent): string[] {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new TypeError();
    const fields = fieldsOf(event, (field, reason) => this.#drop({ reason, events: 0, field }));
    const { timeField, seqField } = this.#settings;
    const has = (field: string) => fields.some((text, at) => at % 2 === 0 && text === field);
    if (timeField !== false && !has(timeField)) fields.push(timeField, String(Date.now()));
    if (seqField !== false && !has(seqField)) fields.push(seqField, String(this.#seq));
    this.#seq++;
    return fields;
  }

  #append(lane: Lane, fields: readonly string[]): void {
    let bytes = lane.append(fields);
    if (bytes === Status.FULL && this.#ready) {
      this.#seal();
      bytes = lane.append(fields);
    }
    if (bytes < 0) {
      this.#drop({ reason: REASONS[bytes] ?? 'internal_error', events: 1 });
      return;
    }
    const { flushCount, flushBytes } = this.#settings;
    // A page that keeps nothing must not ask a failing endpoint once an event until it is left.
    const sparesEndpoint = this.#delivery.isDelayed && !this.#outbox.outlivesPage;
    if (this.#page.hidden && !sparesEndpoint) {
      // Nobody knows whether a timer or an answer will come: at the end of this task.
      queueMicrotask(() => this.#guarded(() => this.#leave()));
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
    this.#sealTimer ??= setTimeout(() => this.#guarded(() => this.#seal()), flushInterval);
  }

  // A copy of what is open goes to the outbox, for the page that may be killed.
  #saveLater(): void {
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      this.#guarded(() => {
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
      } else this.#drop({ reason: 'out_of_memory', events });
    }
  }

  // The page may be going: everything leaves that the quota takes; the rest is kept for another page.
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
    for (const fields of waiting) this.#guarded(() => this.#append(lane, fields), 1);
  }

  #accepted({ tracker, events, rawBytes, body }: StoredBatch): void {
    // What other pages have left is not of this tracker's counting.
    if (tracker !== this.#origin.tracker) return;
    this.counts.sent += events;
    this.counts.rawBytes += rawBytes;
    this.counts.wireBytes += body.length;
  }

  #drop(drop: Drop): void {
    const { reason, events } = drop;
    this.counts.dropped += events;
    if (events > 0) this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + events);
    this.#tell(() => this.#settings.onDrop?.(drop));
  }

  #notice(notice: Notice): void {
    this.#tell(() => this.#settings.onNotice?.(notice));
  }

  #tell(hook: () => void): void {
    // What a hook itself tracks and loses is only counted: telling it would go round for ever.
    if (this.#telling) return;
    this.#telling = true;
    try {
      hook();
    } catch {
      // A hook's mistake is not the page's.
    }
    this.#telling = false;
  }

  // Nothing of ours reaches the page.
  #guarded(work: () => void, events = 0): void {
    try {
      work();
    } catch {
      this.#drop({ reason: 'internal_error', events });
    }
  }
}

const REASONS: Readonly<Record<number, DropReason>> = {
  [Status.FULL]: 'queue_full',
  [Status.TOO_LARGE]: 'too_large',
  [Status.NO_MEMORY]: 'out_of_memory',
};

function randomId(): string {
  // Not randomUUID, which pages without TLS lack.
  return Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join('');
}
