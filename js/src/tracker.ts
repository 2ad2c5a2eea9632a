// track(): from the page's event to a sealed batch, and when that is sealed.

import { type Core, Status } from './core.ts';
import { Delivery } from './delivery.ts';
import { fieldsOf } from './fields.ts';
import { BATCH_ID_TAG, type Settings } from './options.ts';
import type { PageWatch } from './page.ts';
import { PlainBatch } from './plain.ts';
import { Transport } from './transport.ts';
import type {
  Batch,
  Counts,
  Drop,
  DropReason,
  OpenBatch,
  Outcome,
  TrackEvent,
  Tracker,
} from './types.ts';

const NO_BOUND = 0xffff_ffff;

/** Makes a tracker. `loading` is the core on its way; `watch` reports the page's life. */
export function startTracker(
  settings: Settings,
  loading: Promise<Core>,
  watch: (leave: () => void) => PageWatch,
): Tracker {
  return new PageTracker(settings, loading, watch);
}

class PageTracker implements Tracker {
  readonly counts: Counts = { tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 };
  readonly #settings: Settings;
  readonly #transport: Transport;
  readonly #delivery: Delivery;
  readonly #page: PageWatch;
  readonly #loaded: Promise<void>;
  /** Names this tracker in batch ids: 64 random bits. */
  readonly #id = randomId();
  /** Batches sealed so far: the number of the open one. */
  #batches = 0;
  #open: OpenBatch;
  /** Batches may be sealed: the core is there, or will never be. */
  #ready = false;
  #stopped = false;
  /** `onDrop` is being called. */
  #telling = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings, loading: Promise<Core>, watch: (leave: () => void) => PageWatch) {
    this.#settings = settings;
    this.#transport = new Transport(settings.url);
    this.#delivery = new Delivery(this.#transport, (batch, outcome) =>
      this.#settle(batch, outcome),
    );
    const waiting = new PlainBatch();
    this.#open = waiting;
    this.#setEnvelope();
    this.#page = watch(() => this.#guarded(() => this.#leave()));
    this.#loaded = loading.then(
      (core) => this.#guarded(() => this.#moveInto(core, waiting)),
      () => this.#guarded(() => this.#doWithoutCore()),
    );
  }

  track(event: TrackEvent): void {
    this.counts.tracked++;
    if (this.#stopped) {
      this.#drop({ reason: 'shut_down', events: 1 });
      return;
    }
    let fields: string[];
    try {
      fields = this.#fieldsOf(event);
    } catch {
      this.#drop({ reason: 'invalid_event', events: 1 });
      return;
    }
    this.#guarded(() => this.#append(fields), 1);
  }

  async flush(): Promise<void> {
    await this.#loaded;
    this.#guarded(() => this.#seal());
    await this.#delivery.idle();
  }

  async shutdown(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      await this.flush();
      this.#page.stop();
    }
    await this.#delivery.idle();
  }

  #fieldsOf(event: TrackEvent): string[] {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new TypeError();
    const fields = fieldsOf(event, (field, reason) => this.#drop({ reason, events: 0, field }));
    const { timeField } = this.#settings;
    if (timeField !== false && !fields.some((text, at) => at % 2 === 0 && text === timeField)) {
      fields.push(timeField, String(Date.now()));
    }
    return fields;
  }

  #append(fields: readonly string[]): void {
    let bytes = this.#open.append(fields);
    if (bytes === Status.FULL && this.#ready) {
      this.#seal();
      bytes = this.#open.append(fields);
    }
    if (bytes < 0) {
      this.#drop({ reason: REASONS[bytes] ?? 'internal_error', events: 1 });
      return;
    }
    const { flushCount, flushBytes } = this.#settings;
    if (this.#page.hidden) {
      // Nobody knows whether a timer or an answer will come: at the end of this task.
      queueMicrotask(() => this.#guarded(() => this.#leave()));
    } else if (this.#ready && (this.#open.events >= flushCount || bytes >= flushBytes)) {
      this.#seal();
    } else {
      this.#sealLater();
    }
  }

  #sealLater(): void {
    const { flushInterval } = this.#settings;
    this.#timer ??= setTimeout(() => this.#guarded(() => this.#seal()), flushInterval);
  }

  // Hands all that is open to delivery.
  #seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#ready) return;
    while (this.#open.events > 0) {
      const batch = this.#open.seal(NO_BOUND);
      const events = batch?.events ?? this.#open.events;
      // First, as what delivery says of the batch may come back as an event of the page.
      this.#discard(events);
      if (batch === undefined) this.#drop({ reason: 'out_of_memory', events });
      else this.#delivery.add(batch);
    }
  }

  // The page may be going: everything leaves that the quota takes; the rest waits for its return.
  #leave(): void {
    this.#delivery.leave();
    // When a tab is closed, Firefox hides its page, unloads it, and from then on loses fetches but no beacon.
    const byFetch = this.#ready && 'keepalive' in Request.prototype && !this.#page.ending;
    let room = this.#transport.keepaliveRoom;
    for (;;) {
      const batch = this.#open.seal(room, byFetch);
      if (batch === undefined) break;
      if (!byFetch && !this.#transport.beacon(batch)) {
        // The quota has less left than can be seen from here.
        room >>= 1;
        continue;
      }
      this.#discard(batch.events);
      if (byFetch) this.#delivery.sendNow(batch);
      else this.#settle(batch, { status: 200 });
      room = Math.min(room, this.#transport.keepaliveRoom);
    }
    if (this.#open.events > 0) this.#sealLater();
  }

  #discard(events: number): void {
    this.#open.discard(events);
    this.#batches++;
    this.#setEnvelope();
  }

  #setEnvelope(): void {
    const { source, topic, tags } = this.#settings;
    const id = `${this.#id}-${this.#batches}`;
    this.#open.setEnvelope(source, topic, { ...tags, [BATCH_ID_TAG]: id });
  }

  #moveInto(core: Core, waiting: PlainBatch): void {
    this.#open = core;
    this.#ready = true;
    this.#setEnvelope();
    for (const fields of waiting.take(waiting.events)) {
      this.#guarded(() => this.#append(fields), 1);
    }
  }

  #doWithoutCore(): void {
    this.#ready = true;
    this.#seal();
  }

  #settle(batch: Batch, outcome: Outcome | 'queue_full'): void {
    const { events } = batch;
    if (outcome === 'queue_full') {
      this.#drop({ reason: outcome, events });
    } else if (outcome.status >= 200 && outcome.status < 300) {
      this.counts.sent += events;
      this.counts.rawBytes += batch.rawBytes;
      this.counts.wireBytes += batch.body.length;
    } else if (outcome.status === 0) {
      this.#drop({ reason: 'unreachable', events });
    } else {
      this.#drop({ reason: 'rejected', events, ...outcome });
    }
  }

  #drop(drop: Drop): void {
    this.counts.dropped += drop.events;
    // What the hook itself tracks and loses is only counted: telling it would go round for ever.
    if (this.#telling) return;
    this.#telling = true;
    try {
      this.#settings.onDrop?.(drop);
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
