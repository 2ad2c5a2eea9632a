// The open batch of one rank. It grows event by event; after it is sealed, the next batch of the rank begins.

import { wallClock } from '../../natives.ts';
import type { Rank } from '../../types.ts';
import type { Batch, Envelope, Level, OpenBatch, Run, StoredBatch } from '../types.ts';
import { batchId, envelopeOf } from './batch_tags.ts';
import { NO_BOUND } from './core.ts';
import { PlainBatch } from './plain.ts';
import { extend, slice } from './runs.ts';

const OPEN_PART = '.open';

/** Values that all batches of a batcher share. */
export interface BatchSource {
  readonly url: string;
  /** Id of the batcher, part of the batch ids. */
  readonly tracker: string;
  readonly envelope: Envelope;
  /** Bodies of up to this many bytes of JSON are not compressed. */
  readonly compressAbove: number;
  /** Takes the number of the batcher's next batch. */
  nextNumber(): number;
  /** Value of the tag `dropped`: events lost so far, by reason; '' for none. */
  dropped(): string;
}

export class Lane {
  readonly rank: Rank;
  readonly #source: BatchSource;
  #open: OpenBatch;
  #runs: Run[] = [];
  #number: number;
  /** Time of the first event, epoch milliseconds. */
  #time = 0;
  /** The tag `dropped` in the open batch's envelope. */
  #dropped = '';

  constructor(rank: Rank, open: OpenBatch, source: BatchSource) {
    this.rank = rank;
    this.#open = open;
    this.#source = source;
    this.#number = source.nextNumber();
    this.#setEnvelope();
  }

  get events(): number {
    return this.#open.events;
  }

  /** Adds an event of `recorder`. Returns like `OpenBatch.append`. */
  append(fields: readonly string[], recorder: string): number {
    if (this.events === 0) this.#time = wallClock();
    const bytes = this.#open.append(fields);
    if (bytes >= 0) extend(this.#runs, recorder);
    return bytes;
  }

  /** Continues with `open`, an empty batch. Returns the events of the previous batch, each with its recorder. */
  moveTo(open: OpenBatch): (readonly [fields: readonly string[], recorder: string])[] {
    const events = this.#open instanceof PlainBatch ? this.#open.take(this.events) : [];
    const recorders = this.#runs.flatMap(([recorder, count]) =>
      Array<string>(count).fill(recorder),
    );
    this.#runs = [];
    this.#open = open;
    this.#setEnvelope();
    return events.map((fields, at) => [fields, recorders[at] ?? '']);
  }

  /** Seals as many of the oldest events as fit into `maxBytes` on the wire. They stay open until `discard`. */
  seal(maxBytes: number, level: Level): StoredBatch | undefined {
    if (this.#source.dropped() !== this.#dropped) this.#setEnvelope();
    let batch = this.#open.seal(maxBytes, level);
    const { compressAbove } = this.#source;
    if (batch && level !== 'none' && batch.rawBytes <= Math.min(compressAbove, maxBytes)) {
      batch = this.#open.seal(maxBytes, 'none');
    }
    return batch && this.#stored(batch);
  }

  /** Copies all events, in case the page is killed. The copy has its own id, because the open batch may still grow. */
  openCopy(level: Level): StoredBatch | undefined {
    this.#setEnvelope(OPEN_PART);
    const batch = this.seal(NO_BOUND, level);
    this.#setEnvelope();
    return batch && { ...batch, part: OPEN_PART };
  }

  /** Removes the oldest events and begins the next batch. */
  discard(events: number): void {
    this.#open.discard(events);
    this.#runs = slice(this.#runs, events, Number.POSITIVE_INFINITY);
    this.#number = this.#source.nextNumber();
    this.#setEnvelope();
  }

  /** Frees the memory of the open batch. Call no other method afterwards. */
  close(): void {
    this.#open.destroy?.();
  }

  #stored(batch: Batch): StoredBatch {
    const { url, tracker, envelope } = this.#source;
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
      recorders: slice(this.#runs, 0, batch.events),
    };
  }

  #setEnvelope(part = ''): void {
    this.#dropped = this.#source.dropped();
    const id = batchId({ tracker: this.#source.tracker, number: this.#number, part });
    this.#open.setEnvelope(envelopeOf(this.#source.envelope, id, this.#dropped));
  }
}
