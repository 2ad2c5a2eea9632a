// Types that the parts of the engine share.

import type { Rank } from '../types.ts';

/** How hard a body is compressed: not at all, by LZ4, or by LZ4 HC if the core has it. */
export type Level = 'none' | 'fast' | 'high';

export type Encoding = 'plain' | 'lz4' | 'deflate';

/** A sealed body, ready for the wire. */
export interface Batch {
  body: Uint8Array<ArrayBuffer>;
  /** Bytes of its JSON before compression. */
  rawBytes: number;
  encoding: Encoding;
  events: number;
}

/** Values that all events of a batch share. */
export interface Envelope {
  source: string;
  topic: string;
  tags: Readonly<Record<string, string>>;
}

/** A sealed batch as the outbox keeps it until the endpoint has accepted it. */
export interface StoredBatch extends Batch {
  /** Address of the logstore's track call. */
  url: string;
  rank: Rank;
  /** Time of its first event, epoch milliseconds. */
  time: number;
  /** Id of the batcher or recorder that made the batch. The field keeps its name of 0.1.0. */
  tracker: string;
  /** Number of the batch in its batcher, or of the group in its recorder. */
  number: number;
  /** Which piece of a batch that was cut: '.0', '.1', '.0.1', …; '' for a whole batch. */
  part: string;
  /** The body's envelope without the batch's id, because pieces of the batch get ids of their own. */
  envelope: Envelope;
  /** While the engine of `tracker` exists, only that engine may send the batch: it may be sending it right now. */
  owned: boolean;
  /** Which recorder each event belongs to, as runs in the events' order. Missing in batches of version 0.1.0. */
  recorders?: readonly Run[];
  /** Only in notes: the batch was sent when its page ended and counts as delivered. The body is empty. */
  delivered?: boolean;
}

/** A recorder and the number of successive events that belong to it. */
export type Run = readonly [recorder: string, events: number];

/** The result of one request. Status 0: no readable answer. */
export interface Outcome {
  status: number;
  errorCode?: string;
  /** Milliseconds that the endpoint asks to wait. */
  retryAfter?: number;
}

/** What to do after an outcome; see `webtrack_action` in webtrack_constants.h. */
export interface Decision {
  action: 'ack' | 'retry' | 'pause' | 'stop' | 'split' | 'plain' | 'bisect' | 'drop';
  /** Milliseconds before the next request. */
  delay: number;
}

/** An open batch, which grows event by event: the core, or `PlainBatch` without a core. */
export interface OpenBatch {
  readonly events: number;
  /** Adds an event, `[key, value, …]`. Returns the bytes of the batch's JSON so far, or a negative status. */
  append(fields: readonly string[]): number;
  /** Sets the envelope. Returns like `append`. */
  setEnvelope(envelope: Envelope): number;
  /** Seals the oldest events, as many as fit into `maxBytes` on the wire; undefined if none fits. */
  seal(maxBytes: number, compression: Level): Batch | undefined;
  /** Removes the oldest events. */
  discard(events: number): void;
  /** Frees memory that is not garbage-collected. Call no other method afterwards. */
  destroy?(): void;
}
