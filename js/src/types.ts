// The public types: what a page passes to the library and gets from it.

import type { CapturedEvent } from './events.ts';

/** One event: the names and values of its fields. Values become text, see docs/options.md. */
export type TrackEvent = Readonly<Record<string, unknown>>;

/** Whether the visitor agreed to be recorded; see the option `consent`. */
export type Consent = 'granted' | 'pending' | 'denied';

/**
 * A plug-in: it records what happens on a page. `start` returns a function that stops the plug-in and undoes everything
 * that it did to the page. Errors that either of them throws are ignored.
 */
export interface Capture {
  /** If two plug-ins share a name, the last one wins. */
  readonly name: string;
  start(sink: Sink): () => void;
  /**
   * Erases what the plug-in stored about the visitor. Called when consent is denied, even if the plug-in is not
   * running.
   */
  erase?(): void;
  /** Values that are the same for the whole page: sent once per batch, as tags. They become text as in an event. */
  tags?(): TrackEvent;
}

/** The events that `Sink.on` listens to, with the arguments of their listeners. */
export interface SinkEvents {
  /**
   * Record what is still unrecorded. `navigation`: the page is left by a navigation that has just begun; `page` follows
   * when its effect is painted. `page`: the page may end. `view`: only the view ends. Each may come several times.
   */
  leave: [why: 'navigation' | 'page' | 'view'];
  /** Another view of the page has begun: reset what is counted per view. */
  view: [];
  /** The visitor gave consent. */
  granted: [];
  /** The page called `identify()`. */
  identify: [userId: string];
  /** The page called `reset()`: from now on the visitor is somebody else. */
  reset: [];
}

/** A plug-in's access to its tracker. No method throws. `Event`: the type of the events that the plug-in records. */
export interface Sink<Event = TrackEvent> {
  /**
   * While this is `pending`, a plug-in must neither store anything nor read what is stored. Never `denied` while a
   * plug-in runs.
   */
  readonly consent: Consent;
  /** Consent was denied earlier: do not record what the browser buffered in that time. */
  readonly isLate: boolean;
  /** The option `urlParams`. A plug-in that reads parameters of an address itself may record only these. */
  readonly urlParams: readonly string[];
  /** Records an event. `time`: when it happened, epoch milliseconds. Default: now. */
  track(event: Event, options?: TrackOptions & { time?: number }): void;
  /** Calls `listener` on each event of that `name`. Returns a function that removes the listener. */
  on<Name extends keyof SinkEvents>(
    name: Name,
    listener: (...args: SinkEvents[Name]) => void,
  ): () => void;
  /** Begins another view of the page: plug-ins hear `leave`, then `view`. */
  beginView(): void;
  /**
   * Runs `work` when the browser is idle; at the latest after half a second, when the page may end, or on a flush.
   * Returns a function that cancels it.
   */
  whenIdle(work: () => void): () => void;
  /** True while an event is being recorded, which may run hooks of the page such as `beforeSend`. */
  readonly isRecording: boolean;
  /**
   * Adds the fields that `fields` returns to every event that lacks them. `fields` is called when an event is recorded:
   * less than a second after it was tracked, and before another view or visitor begins. An event that has to wait for
   * consent or a prerendered page gets the fields twice: at `track()` and when it is recorded. `hidden`: the page was
   * hidden when the event was tracked. Returns a function that ends this.
   */
  enrich(fields: (hidden: boolean) => Readonly<Record<string, string>>): () => void;
}

/** The sink of the library's own plug-ins: they record only events of the schema. */
export type OwnSink = Sink<CapturedEvent>;

export interface TrackerOptions {
  /**
   * Where the logs go. Either an SLS endpoint such as `cn-hangzhou.log.aliyuncs.com`, which gives the address
   * `https://{project}.{host}/…`; or an origin with its scheme, such as `https://log.example.com`, which is used as it
   * is (a custom domain, or a collector of your own). The origin may have a path: `https://shop.example/collect` sends
   * to `/collect/logstores/{logstore}/track`.
   */
  host: string;
  /** SLS project. Required if `host` is an SLS endpoint; a custom domain already belongs to one project. */
  project?: string;
  /** SLS logstore. Web tracking must be switched on for it. */
  logstore: string;
  /** `__topic__` of every log; at most 128 bytes. Default: none. */
  topic?: string;
  /** `__source__` of every log; at most 128 bytes. Default: empty. */
  source?: string;
  /**
   * Values that all logs share: sent once per batch, shown in the store as `__tag__:{name}`. At most 16 KiB. The
   * library uses the names `batch_id` and `dropped` itself. Default: none.
   */
  tags?: Readonly<Record<string, string>>;
  /**
   * Number of events at which a batch is sealed. While another batch waits to be sent, the limit is eight times as
   * high. Default 200; 1 to 4096.
   */
  flushCount?: number;
  /**
   * Bytes of JSON, before compression, at which a batch is sealed; eight times as many while another batch waits.
   * Default 65,536: LZ4 looks back no further, so a larger batch hardly compresses better. Default without compression
   * 16,384, because all requests that outlive a page must fit into 65,536 bytes. 1 to 2,800,000.
   */
  flushBytes?: number;
  /**
   * Milliseconds after its first event at which a batch is sealed; 0 sends at the end of the task. Default 10,000 with
   * the shared worker, where the next page's events join the batch, and 4,000 without it: a page that is left can send
   * only 64 KiB.
   */
  flushInterval?: number;
  /**
   * Name of the field for the time of `track()`, epoch milliseconds. An event that has this field keeps its own value.
   * The endpoint itself stores only when a batch arrived. `false` adds no time. Default `ts`.
   */
  timeField?: string | false;
  /**
   * Name of the field for the event's running number in this tracker, from 0. An event that has this field keeps its
   * own value. Every event also gets `page_load_id`; together the two identify an event. `false` adds neither. Default
   * `seq`.
   */
  seqField?: string | false;
  /**
   * How bodies are compressed. `lz4`, the default, takes microseconds, so it also works while a page ends. `deflate`
   * makes bodies a quarter smaller than LZ4 in the worker, but asynchronously: LZ4 replaces it while a page ends, and
   * in browsers without it. `none` sends plain JSON.
   */
  compression?: Compression;
  /**
   * `true`: batches are kept in IndexedDB, for all pages of the origin, until the endpoint has accepted them or, with
   * `exit: 'once'`, until they have left with their page. `false`: they are kept in memory only. Default true.
   */
  storage?: boolean;
  /**
   * Most bytes of bodies that may wait in the outbox, for all pages of the origin. Above that the oldest batches of
   * normal priority are dropped first, then the oldest of high priority. Default 4 MiB; 65,536 to 256 MiB.
   */
  outboxBytes?: number;
  /**
   * How long a batch may wait, in milliseconds since its first event. The next page that sends drops older ones.
   * Default 7 days; at least 1,000.
   */
  outboxAge?: number;
  /**
   * Bodies of up to this many bytes of JSON are not compressed: compression would save less than its headers cost, and
   * without these headers no preflight is needed. Default 1,024; 0 compresses all.
   */
  compressAbove?: number;
  /**
   * What happens to a request that outlives its page, so that nobody hears the answer. `once`, the default: it counts
   * as delivered, unless the endpoint's last answer was a failure, the browser is offline, or its quota is used up.
   * `certain`: the next page sends it again under the same id, so nothing is lost but repeats are common; choose it if
   * you remove repeats when you read. The shared worker hears every answer: with it, this option only matters for a
   * page that is left before it has reached the worker.
   */
  exit?: ExitPolicy;
  /**
   * Address of `webtrack.worker.js`, the shared worker that batches and sends for all pages of the origin. It must be
   * on the page's own origin. Default: next to the script or module. `false`: the page does the work itself.
   */
  worker?: string | URL | false;
  /** Address of the core; `core.js` must be next to it. Default: next to the script or module. */
  coreUrl?: string | URL;
  /** Plug-ins, such as `autocapture()`. If two share a name, the last one wins. Default: none. */
  capture?: readonly Capture[];
  /**
   * What the visitor has agreed to. `pending` keeps up to 1,000 events in memory, and stores and sends nothing until
   * `setConsent('granted')`. `denied` records nothing and erases the ids of `identity()`; events that were recorded
   * with consent are still sent. Default `granted`.
   */
  consent?: Consent;
  /**
   * Treats Global Privacy Control (https://www.w3.org/TR/gpc/) as `denied`, whatever `setConsent` says.
   * Default false.
   */
  honorGpc?: boolean;
  /** Treats Do Not Track as `denied`, whatever `setConsent` says. Default false. */
  honorDnt?: boolean;
  /**
   * Records nothing in browsers that a program controls (`navigator.webdriver`) or whose user agent names a bot.
   * Default false.
   */
  ignoreBots?: boolean;
  /**
   * Parameters that may stay in addresses, in each field whose name ends in `_url`. Default: those of campaigns
   * (`utm_…`) and advertisers' click ids.
   */
  urlParams?: readonly string[];
  /** Names of event fields whose value is recorded as `***`. Default: none. */
  mask?: readonly string[];
  /**
   * Share of visitors that are recorded, 0 to 1. For a visitor with an id (`identity()`) the choice never changes;
   * otherwise it is made anew for each page. Default 1.
   */
  sampleRate?: number;
  /** Most events of one name per minute; further ones are dropped (`rate_limited`). Default: no limit. */
  rateLimit?: number;
  /**
   * Changes or drops an event before it is recorded: gets the fields as text and returns the fields to record, or null
   * or false to drop the event. If it throws, or returns undefined or a promise, the event is lost (`hook_failed`).
   */
  beforeSend?: (event: Record<string, string>) => TrackEvent | null | false;
  /**
   * Called for everything that is lost, with the reason. Errors that it throws are ignored. If it tracks events itself
   * and these are lost, they are counted but not reported.
   */
  onDrop?: (drop: Drop) => void;
  /** Called when something is wrong that the page's owner can fix. Errors that it throws are ignored. */
  onNotice?: (notice: Notice) => void;
}

/** See the option `exit`. */
export type ExitPolicy = 'once' | 'certain';

export type Compression = 'lz4' | 'deflate' | 'none';

/** What a notice is about. */
export type NoticeKind =
  /** The browser refuses storage, so batches that wait are lost with the page. */
  | 'memory_only'
  /**
   * The endpoint refuses everything in its present state (web tracking is off, the logstore does not exist, …). Stored
   * batches stay stored, and the next page tries again.
   */
  | 'stopped'
  /** `setConsent` got an unknown value, which means `denied`. */
  | 'invalid_consent'
  /** The shared worker cannot start. The page does the work instead, and no event is lost. */
  | 'worker_failed'
  /**
   * The shared worker has ended, such as with the tab that started it, or has not answered for six seconds. The page
   * starts another one; if that fails, `worker_failed` follows. Only batches that were in memory alone are lost.
   */
  | 'worker_died'
  /** `engine.js` did not load. The page tries again; until then events are sent only when it ends, uncompressed. */
  | 'engine_failed';

export interface Notice {
  kind: NoticeKind;
  /** What is wrong and what to do, in English. */
  message?: string;
  /** HTTP status of the answer that stopped delivery. */
  status?: number;
  /** SLS error code of that answer. */
  errorCode?: string;
}

export interface TrackOptions {
  /** `high` is sent at once, first when a page ends, and dropped last when the outbox is full. Default `normal`. */
  priority?: Rank;
}

/** Batches of high rank are sent before all others; within a rank the oldest is sent first. */
export type Rank = 'high' | 'normal';

/** Why something was lost. */
export type DropReason =
  /** The event is not an object, or its fields cannot be read. */
  | 'invalid_event'
  /** A field's value threw when it was read or turned into JSON (a cycle, a getter, a BigInt inside an object). */
  | 'invalid_field'
  /** A field has a name that the service uses itself (`__topic__`, `__time__`, `__tag__:…`). */
  | 'reserved_field'
  /** The event by itself is larger than a request may be. */
  | 'too_large'
  /** Too many events waited: for consent, for a prerendered page to be shown, for the engine, or in the outbox. */
  | 'queue_full'
  /** The WebAssembly module had no memory left for the event. */
  | 'out_of_memory'
  /** The tracker was shut down. */
  | 'shut_down'
  /** The endpoint refused the event for good; `status` and `errorCode` say how. */
  | 'rejected'
  /** There were more than `rateLimit` events of this name in a minute. */
  | 'rate_limited'
  /** `beforeSend` threw, or returned a promise or something other than an object, null or false. */
  | 'hook_failed'
  /** The event waited longer than `outboxAge`. */
  | 'expired'
  /** A bug in this library; please report it. */
  | 'internal_error';

export interface Drop {
  reason: DropReason;
  /** Events lost; 0 if only `field` was lost and the event was recorded without it. */
  events: number;
  /** Name of the field that was lost. */
  field?: string;
  /** HTTP status of the answer. */
  status?: number;
  /** SLS error code of the answer. */
  errorCode?: string;
}

/** Totals of one tracker since it was made. `dropped` includes events of earlier pages that this one had to drop. */
export interface Counts {
  /**
   * Events of the page and of plug-ins that were taken: none while consent is denied, none that `sampleRate` or
   * `beforeSend` left out.
   */
  tracked: number;
  /**
   * Events that the endpoint accepted, or that were sent when the page ended and count as delivered (option `exit`).
   */
  sent: number;
  /** Events lost. */
  dropped: number;
  /** Bytes of JSON in the batches sent. */
  rawBytes: number;
  /** Bytes of their bodies on the wire, compressed or not. */
  wireBytes: number;
}

/** Records events. No method throws, and no promise rejects. */
export interface Tracker {
  /** Records an event. Its values are read before the call returns. */
  track(event: TrackEvent, options?: TrackOptions): void;
  /**
   * Sends all events now. Resolves when none waits any more, or when delivery has to pause because the endpoint
   * answered with an error or not at all.
   */
  flush(): Promise<void>;
  /**
   * Flushes, then stops for good and removes all timers and listeners. Later events are dropped. Batches that could not
   * be sent stay in the outbox.
   */
  shutdown(): Promise<void>;
  /**
   * Says who the visitor is: adds `user_id` to every event from now on, and records an event `identify` with the
   * `traits`. With `identity()` later pages know the `user_id` too.
   */
  identify(userId: string, traits?: TrackEvent): void;
  /** From now on the visitor is somebody else: forgets the registered fields and all ids. */
  reset(): void;
  /** From now on adds these fields to every event that lacks them. A later value replaces an earlier one. */
  register(fields: TrackEvent): void;
  /** Sets what the visitor agreed to, see the option `consent`. An unknown value means `denied` and causes a notice. */
  setConsent(consent: Consent): void;
  /** Totals so far. */
  readonly counts: Readonly<Counts>;
}
