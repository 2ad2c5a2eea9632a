// What a page says to the library and hears from it.

import type { CapturedEvent } from './events.ts';

/** One event: names and values of its fields. Values become text, see `fields.ts`. */
export type TrackEvent = Readonly<Record<string, unknown>>;

/** What a visitor has agreed to. */
export type Consent = 'granted' | 'pending' | 'denied';

/**
 * A plug-in: something that records what happens on a page. `start` begins and returns what ends it, which
 * undoes all that it did. What either throws is swallowed. See js/src/capture for the ones that come with it.
 */
export interface Capture {
  readonly name: string;
  start(sink: Sink): () => void;
  /** Erases what it has stored of the visitor, who denies to be recorded; also where it is not running. */
  erase?(): void;
  /** What is the same for the whole page: goes once a batch into its tags, as texts like those of an event. */
  tags?(): TrackEvent;
}

/** When a plug-in may want to act. */
export interface Moments {
  /** The page may be going, or the view ends: record what is not recorded yet. May come several times. */
  leave: [];
  /** Another view of the page has begun: what is counted by view begins anew. */
  view: [];
  /** The visitor has agreed. */
  granted: [];
  /** The page knows who the visitor is. */
  identify: [userId: string];
  /** The visitor is another one from now on. */
  reset: [];
}

/** All that a plug-in sees of its tracker. Nothing of it throws. `Event`: what it records. */
export interface Sink<Event = TrackEvent> {
  /** While it is `pending` nothing may be stored, nor read of what is. Never `denied` while a plug-in runs. */
  readonly consent: Consent;
  /** It was denied before: of what the browser has kept of that time nothing is to be recorded. */
  readonly isLate: boolean;
  /** Parameters of addresses that may be recorded: what a plug-in takes out of one itself is none other. */
  readonly urlParams: readonly string[];
  /** Records an event. `time`: when it happened, epoch milliseconds, unless that is now. */
  track(event: Event, options?: TrackOptions & { time?: number }): void;
  /** Calls `heed` at each such moment, until what is returned is called. */
  on<Moment extends keyof Moments>(
    moment: Moment,
    heed: (...news: Moments[Moment]) => void,
  ): () => void;
  /** Another view of the page begins: plug-ins hear `leave`, then `view`. */
  beginView(): void;
  /**
   * Does `work` when the browser has nothing else to do; at the latest after half a second, when the page may be going, or
   * when it flushes. Until what is returned is called.
   */
  whenIdle(work: () => void): () => void;
  /** An event is being recorded: what happens now may be the doing of one of the page's hooks. */
  readonly isRecording: boolean;
  /**
   * Fields for every event that does not have them, asked for when it is recorded, less than a second later, and before
   * another view or visitor begins; until what is returned is called. `hidden`: it was tracked while nobody saw the page.
   */
  enrich(fields: (hidden: boolean) => Readonly<Record<string, string>>): () => void;
}

/** As the library's own plug-ins see it: they record what the schema has. */
export type OwnSink = Sink<CapturedEvent>;

export interface TrackerOptions {
  /**
   * Where the logs go: an SLS endpoint such as `cn-hangzhou.log.aliyuncs.com`, which makes the address
   * `https://{project}.{host}/…`, or a whole origin with its scheme, `https://log.example.com`, which is
   * taken as it is (a custom domain, or a collector of your own).
   */
  host: string;
  /** SLS project. Needed for an endpoint; a custom domain already stands for one. */
  project?: string;
  /** SLS logstore, with its web tracking switch on. */
  logstore: string;
  /** `__topic__` of every log; at most 128 bytes. Default: none. */
  topic?: string;
  /** `__source__` of every log; at most 128 bytes. Default: empty. */
  source?: string;
  /**
   * What all logs share: sent once a batch, shown as `__tag__:{name}`; at most 16 KiB. `batch_id` and
   * `dropped` are taken.
   */
  tags?: Readonly<Record<string, string>>;
  /**
   * A batch is sealed when it holds this many events, and while another one waits to be sent when it holds
   * eight times as many. Default 200, 1 to 4096.
   */
  flushCount?: number;
  /**
   * … or when its JSON has this many bytes, before compression; the same eight times. Default 65,536: LZ4 looks back no
   * further, so a larger batch hardly compresses better; 16,384 without compression, as what leaves with a
   * page has to fit into 65,536. 1 to 2,800,000.
   */
  flushBytes?: number;
  /** … or this many milliseconds after its first event. Default 10,000; 0 sends at the end of the task. */
  flushInterval?: number;
  /**
   * Field that gets the time of `track()` in epoch milliseconds, unless the event has it: the endpoint
   * itself only keeps a batch's arrival. `false` adds none. Default `ts`.
   */
  timeField?: string | false;
  /**
   * Field that gets the event's running number in this tracker, from 0, unless the event has it. Beside it every event
   * gets `page_load_id`; the two name an event for good. `false` adds neither. Default `seq`.
   */
  seqField?: string | false;
  /**
   * How bodies are compressed. `lz4`, the default, takes microseconds, also while the page goes. `deflate`
   * leaves a third less, but not at once: what leaves with the page, or where the browser cannot, is LZ4.
   * `none` sends plain JSON.
   */
  compression?: Compression;
  /**
   * Whether batches are kept in IndexedDB until the endpoint has accepted them, over all pages of the
   * origin. `false` keeps them in memory alone. Default true.
   */
  storage?: boolean;
  /**
   * Bodies that may wait, in bytes, over all pages of the origin. Beyond, the oldest batch without high
   * priority goes, then the oldest. Default 4 MiB; 65,536 to 256 MiB.
   */
  outboxBytes?: number;
  /**
   * How long a batch may wait, in milliseconds since its first event: an older one is dropped by the next
   * page that sends. Default 7 days; at least 1,000.
   */
  outboxAge?: number;
  /**
   * Bytes of JSON up to which a body is not compressed: it would save less than its headers cost, and
   * without them no preflight is needed. Default 1,024; 0 compresses all.
   */
  compressAbove?: number;
  /**
   * What happens to a request that leaves with a page which then cannot hear its answer. `once`, the default: it counts
   * as delivered, unless the endpoint's last answer was a failure, the browser is offline, or its quota is used up.
   * `certain`: the next page sends it again under the same id, so nothing is lost and repeats are common; choose it if
   * you remove repeats when you read. In the shared worker every answer is heard and neither happens.
   */
  exit?: ExitPolicy;
  /**
   * Address of `webtrack.worker.js`, the shared worker that batches and sends for all pages of the origin. It must lie
   * on the page's own origin. Default: beside the script or module. `false`: the page does the work itself.
   */
  worker?: string | URL | false;
  /** Address of the core, where it does not lie beside the script or module; `core.js` is looked for beside it. */
  coreUrl?: string | URL;
  /** Plug-ins that record by themselves, such as `autocapture()`. Default: none. */
  capture?: readonly Capture[];
  /**
   * What the visitor has agreed to. `pending` keeps up to 1,000 events in memory: nothing is stored and nothing
   * sent until `setConsent('granted')`. `denied` records nothing, and erases the ids of `identity()`; what was recorded with consent is still sent. Default `granted`.
   */
  consent?: Consent;
  /**
   * Takes Global Privacy Control (https://www.w3.org/TR/gpc/) for `denied`, whatever `setConsent` says. Default
   * false.
   */
  honorGpc?: boolean;
  /** Takes Do Not Track for `denied`, whatever `setConsent` says. Default false. */
  honorDnt?: boolean;
  /** Records nothing in browsers that are driven by a program, or say that they are one. Default false. */
  ignoreBots?: boolean;
  /**
   * Parameters of addresses that may be recorded, in each field whose name ends in `_url`. Default: those of
   * campaigns (`utm_…`) and of advertisers' clicks.
   */
  urlParams?: readonly string[];
  /** Fields of events of which only `***` is recorded. */
  mask?: readonly string[];
  /**
   * Share of visitors that are recorded, 0 to 1. A visitor with an id (`identity()`) is in or out for good; otherwise
   * it is drawn for each page. Default 1.
   */
  sampleRate?: number;
  /** Events of one name that are recorded in a minute; further ones are lost (`rate_limited`). Default: no limit. */
  rateLimit?: number;
  /**
   * Has the last word on an event: gets its fields as texts, answers what is to be recorded, or null (or false) for
   * nothing. When it throws, or answers nothing at all or later (`async`), the event is lost (`hook_failed`).
   */
  beforeSend?: (event: Record<string, string>) => TrackEvent | null | false;
  /**
   * Hears of everything that is lost, and why. What it throws is swallowed, and what is lost of the events
   * that it tracks itself is only counted.
   */
  onDrop?: (drop: Drop) => void;
  /** Hears when something is not what it should be. What it throws is swallowed. */
  onNotice?: (notice: Notice) => void;
}

/** See the option `exit`. */
export type ExitPolicy = 'once' | 'certain';

export type Compression = 'lz4' | 'deflate' | 'none';

export interface Notice {
  /**
   * `memory_only`: the browser refuses storage, so what waits is lost with the page. `stopped`: the endpoint
   * takes nothing as things are (web tracking is off, no such logstore, …); what is stored stays stored, and
   * the next page tries again. `invalid_consent`: `setConsent` was given something else than its three words,
   * which is taken for `denied`. `worker_failed`: the shared worker cannot start or has died for good; the page does
   * its work and no event is lost. `engine_failed`: the library's second file cannot be loaded either, so events leave
   * only with the page, uncompressed.
   */
  kind: 'memory_only' | 'stopped' | 'invalid_consent' | 'worker_failed' | 'engine_failed';
  /** What is wrong and what to do, in English. */
  message?: string;
  /** HTTP status of the answer that stopped delivery. */
  status?: number;
  /** SLS error code of that answer. */
  errorCode?: string;
}

export interface TrackOptions {
  /** `high`: goes first wherever something is short: an exit's quota, the outbox's bound. Default `normal`. */
  priority?: Rank;
}

/** Batches of high rank go before all others; within a rank the oldest goes first. */
export type Rank = 'high' | 'normal';

/** Why something was lost. */
export type DropReason =
  /** The event is not an object, or cannot be looked into. */
  | 'invalid_event'
  /** A field's value threw when it was read or turned into JSON (a cycle, a getter, a BigInt within). */
  | 'invalid_field'
  /** A field has one of the service's own names (`__topic__`, `__time__`, `__tag__:…`). */
  | 'reserved_field'
  /** The event alone is larger than a request may be. */
  | 'too_large'
  /** More waits than may be kept: for consent, for a prerendered page to be shown, for the engine, or in the outbox. */
  | 'queue_full'
  /** The module has no memory left for the event. */
  | 'out_of_memory'
  /** The tracker was shut down. */
  | 'shut_down'
  /** The endpoint refused the event for good; `status` and `errorCode` say how. */
  | 'rejected'
  /** More than `rateLimit` events of its name in a minute. */
  | 'rate_limited'
  /** `beforeSend` threw, or answered neither an object nor null nor false, or by a promise. */
  | 'hook_failed'
  /** It has waited for longer than `outboxAge`. */
  | 'expired'
  /** A mistake of ours; please report it. */
  | 'internal_error';

export interface Drop {
  reason: DropReason;
  /** Events lost; 0 when the event went on without `field`. */
  events: number;
  /** The field that was left out. */
  field?: string;
  /** HTTP status of the answer. */
  status?: number;
  /** SLS error code of the answer. */
  errorCode?: string;
}

/** Totals of one tracker since it was made. `dropped` includes what earlier pages left and this one had to drop. */
export interface Counts {
  /** Events that `track()` was called with. */
  tracked: number;
  /** Events that the endpoint has accepted, or that left with the page. */
  sent: number;
  /** Events lost. */
  dropped: number;
  /** JSON of the batches sent, bytes. */
  rawBytes: number;
  /** The same as it went over the wire, bytes. */
  wireBytes: number;
}

/** Records events. No method throws, and no promise of it rejects. */
export interface Tracker {
  /** Records an event. Its values are read before the call returns. */
  track(event: TrackEvent, options?: TrackOptions): void;
  /**
   * Sends what is open and what waits; resolves when nothing does any more, or when the endpoint makes it
   * wait: it has answered with an error, or not at all.
   */
  flush(): Promise<void>;
  /**
   * Flushes, then stops for good: no timer or listener stays. Later events are dropped; what could not be
   * sent stays in the outbox.
   */
  shutdown(): Promise<void>;
  /**
   * Says who the visitor is: `user_id` goes on every event from now on, and an event `identify` has the `traits`. With
   * `identity()` later pages know as well.
   */
  identify(userId: string, traits?: TrackEvent): void;
  /** The visitor is another one from now on: forgets what was registered, and all ids. */
  reset(): void;
  /** Fields for every event from now on that does not have them. A later value replaces an earlier one. */
  register(fields: TrackEvent): void;
  /** The visitor has agreed, or no longer does. See the option `consent`; anything but its words is `denied`, and told. */
  setConsent(consent: Consent): void;
  readonly counts: Readonly<Counts>;
}
