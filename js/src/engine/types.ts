// The values that the engine's rooms hand on.

import type { Rank } from '../types.ts';

/** How hard a body is compressed: not at all, by LZ4, or by LZ4 HC where the core has it. */
export type Level = 'none' | 'fast' | 'high';

export type Encoding = 'plain' | 'lz4' | 'deflate';

/** A sealed body, ready for the wire. */
export interface Batch {
  body: Uint8Array<ArrayBuffer>;
  /** Bytes of its JSON. */
  rawBytes: number;
  encoding: Encoding;
  events: number;
}

/** What all events of a batch share. */
export interface Envelope {
  source: string;
  topic: string;
  tags: Readonly<Record<string, string>>;
}

/** A sealed batch, as it is kept until the endpoint has it. */
export interface StoredBatch extends Batch {
  /** Of the logstore's track call. */
  url: string;
  rank: Rank;
  /** Of its first event, epoch milliseconds. */
  time: number;
  /** The tracker that made it, and its number there. */
  tracker: string;
  number: number;
  /** Names the pieces of a batch that was cut: '.0', '.1', '.0.1', …; '' for a whole one. */
  part: string;
  /** As in the body, without the batch's id: a batch may be cut again, under ids of its pieces. */
  envelope: Envelope;
  /** Only the page of `tracker` may send it, which may be doing so on its way out; until that page is gone. */
  owned: boolean;
  /** Whose events these are, in their order: recorder and number of events in a row. Version 0.1.0 had none. */
  recorders?: readonly Run[];
  /** Of a note: the batch has left with its page and counts as delivered. Then it has no body. */
  delivered?: boolean;
}

/** A recorder, and how many events in a row are its own. */
export type Run = readonly [recorder: string, events: number];

/** What became of one request. Status 0: no readable answer. */
export interface Outcome {
  status: number;
  errorCode?: string;
  /** Milliseconds that the endpoint asks to wait. */
  retryAfter?: number;
}

/** What to do after an outcome: `webtrack_action` of webtrack.h. */
export interface Decision {
  action: 'ack' | 'retry' | 'pause' | 'stop' | 'split' | 'plain' | 'bisect' | 'drop';
  /** Milliseconds before the next request. */
  delay: number;
}

/** An open batch that grows event by event: the core, or what stands in for it. */
export interface OpenBatch {
  readonly events: number;
  /** Adds an event, `[key, value, …]`. Bytes of the batch's JSON so far, or a negative status. */
  append(fields: readonly string[]): number;
  /** What all events share, up to the next call. */
  setEnvelope(envelope: Envelope): number;
  /** The oldest events, as many as fit into `maxBytes` on the wire; undefined when none does. */
  seal(maxBytes: number, compression: Level): Batch | undefined;
  /** Forgets the oldest events. */
  discard(events: number): void;
  /** Frees what no garbage collector sees. Nothing else may be called then. */
  destroy?(): void;
}
