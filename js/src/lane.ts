// The open batch of one rank: grows event by event, is sealed under its number, and then is the next one.

import { batchId, envelopeOf } from './batch_tags.ts';
import { NO_BOUND } from './core.ts';
import { PlainBatch } from './plain.ts';
import type { Batch, Envelope, OpenBatch, Rank, StoredBatch } from './types.ts';

const OPEN_PART = '.open';

/** What all batches of a tracker have in common. */
export interface Origin {
  readonly url: string;
  /** Names the tracker in batch ids. */
  readonly tracker: string;
  readonly envelope: Envelope;
  /** Bytes of JSON up to which a body stays plain. */
  readonly compressAbove: number;
  /** The number of the tracker's next batch. */
  nextNumber(): number;
  /** Events lost so far, by reason, as the tag says it; '' for none. */
  dropped(): string;
}

export class Lane {
  readonly rank: Rank;
  readonly #origin: Origin;
  #open: OpenBatch;
  #number: number;
  /** Of the first event. */
  #time = 0;
  /** What the open batch's envelope says of losses. */
  #dropped = '';

  constructor(rank: Rank, open: OpenBatch, origin: Origin) {
    this.rank = rank;
    this.#open = open;
    this.#origin = origin;
    this.#number = origin.nextNumber();
    this.#setEnvelope();
  }

  get events(): number {
    return this.#open.events;
  }

  /** Returns like `OpenBatch.append`. */
  append(fields: readonly string[]): number {
    if (this.events === 0) this.#time = Date.now();
    return this.#open.append(fields);
  }

  /** Goes on in another open batch, which is empty. Returns the events that this one has been waiting with. */
  moveTo(open: OpenBatch): (readonly string[])[] {
    const waiting = this.#open instanceof PlainBatch ? this.#open.take(this.events) : [];
    this.#open = open;
    this.#setEnvelope();
    return waiting;
  }

  /** As many of the oldest events as fit into `maxBytes` on the wire; they stay open until `discard`. */
  copy(
    maxBytes: number,
    compress: boolean,
    above = this.#origin.compressAbove,
  ): StoredBatch | undefined {
    if (this.#origin.dropped() !== this.#dropped) this.#setEnvelope();
    let batch = this.#open.seal(maxBytes, compress);
    if (batch && compress && batch.rawBytes <= Math.min(above, maxBytes)) {
      batch = this.#open.seal(maxBytes, false);
    }
    return batch && this.#stored(batch);
  }

  /** All events, for the page that may be killed: under an id of its own, as this one may still grow. */
  save(compress: boolean): StoredBatch | undefined {
    this.#setEnvelope(OPEN_PART);
    const batch = this.copy(NO_BOUND, compress);
    this.#setEnvelope();
    return batch && { ...batch, part: OPEN_PART };
  }

  /** Forgets the oldest events, and begins the next batch. */
  discard(events: number): void {
    this.#open.discard(events);
    this.#number = this.#origin.nextNumber();
    this.#setEnvelope();
  }

  #stored(batch: Batch): StoredBatch {
    const { url, tracker, envelope } = this.#origin;
    return {
      ...batch,
      url,
      rank: this.rank,
      time: this.#time,
      tracker,
      number: this.#number,
      part: '',
      envelope,
      owned: true,
    };
  }

  #setEnvelope(part = ''): void {
    this.#dropped = this.#origin.dropped();
    const id = batchId({ tracker: this.#origin.tracker, number: this.#number, part });
    this.#open.setEnvelope(envelopeOf(this.#origin.envelope, id, this.#dropped));
  }
}
