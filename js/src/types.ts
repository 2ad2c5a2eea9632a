// What a page says to the library and hears from it, and the values that its rooms hand on.

/** One event: names and values of its fields. Values become text, see `fields.ts`. */
export type TrackEvent = Readonly<Record<string, unknown>>;

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
   * What all logs share: sent once a batch, shown as `__tag__:{name}`; at most 16 KiB. `batch_id` is
   * taken.
   */
  tags?: Readonly<Record<string, string>>;
  /** A batch is sealed when it holds this many events. Default 200, 1 to 4096. */
  flushCount?: number;
  /**
   * … or when its JSON has this many bytes, before compression. Default 65,536: LZ4 looks back no
   * further, so a larger batch hardly compresses better. 1 to 2,800,000.
   */
  flushBytes?: number;
  /** … or this many milliseconds after its first event. Default 3,000; 0 seals at the end of the task. */
  flushInterval?: number;
  /**
   * Field that gets the time of `track()` in epoch milliseconds, unless the event has it: the endpoint
   * itself only keeps a batch's arrival. `false` adds none. Default `ts`.
   */
  timeField?: string | false;
  /** Address of `core.wasm`, where it does not lie beside the module. */
  coreUrl?: string | URL;
  /**
   * Hears of everything that is lost, and why. What it throws is swallowed, and what is lost of the events
   * that it tracks itself is only counted.
   */
  onDrop?: (drop: Drop) => void;
}

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
  /** More waits than may be kept in memory: before the module is ready, or behind a slow endpoint. */
  | 'queue_full'
  /** The module has no memory left for the event. */
  | 'out_of_memory'
  /** The tracker was shut down. */
  | 'shut_down'
  /** The endpoint answered with an error; `status` and `errorCode` say which. */
  | 'rejected'
  /** No answer: network, time-out, or an answer that CORS hides. */
  | 'unreachable'
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

/** Totals of one tracker since it was made. */
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
  track(event: TrackEvent): void;
  /** Sends what is open; resolves when nothing waits for an answer any more. */
  flush(): Promise<void>;
  /** Flushes, then stops for good: no timer or listener stays. Later events are dropped. */
  shutdown(): Promise<void>;
  readonly counts: Readonly<Counts>;
}

/** A sealed batch: a body ready for the wire. */
export interface Batch {
  body: Uint8Array<ArrayBuffer>;
  rawBytes: number;
  compressed: boolean;
  events: number;
}

/** What became of one request. Status 0: no readable answer. */
export interface Outcome {
  status: number;
  errorCode?: string;
}

/** An open batch that grows event by event: the core, or what stands in for it. */
export interface OpenBatch {
  readonly events: number;
  /** Adds an event, `[key, value, …]`. Bytes of the batch's JSON so far, or a negative status. */
  append(fields: readonly string[]): number;
  /** What all events share, up to the next call. */
  setEnvelope(source: string, topic: string, tags: Readonly<Record<string, string>>): number;
  /** The oldest events, as many as fit into `maxBytes` on the wire; undefined when none does. */
  seal(maxBytes: number, compress?: boolean): Batch | undefined;
  /** Forgets the oldest events. */
  discard(events: number): void;
}
