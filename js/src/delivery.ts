// Takes sealed batches to the endpoint: in the order in which they were sealed, one request at a time,
// one attempt each.

import type { Transport } from './transport.ts';
import type { Batch, Outcome } from './types.ts';

/** Batches that may wait behind a slow endpoint, in bytes of memory. */
const QUEUE_BYTES = 4 * 1024 * 1024;

export type Settled = (batch: Batch, outcome: Outcome | 'queue_full') => void;

export class Delivery {
  readonly #transport: Transport;
  readonly #settled: Settled;
  #queue: Batch[] = [];
  #queueBytes = 0;
  #draining: Promise<void> | undefined;
  readonly #leaving = new Set<Promise<void>>();

  /** `settled` hears of every batch that was handed in, once, and must not throw. */
  constructor(transport: Transport, settled: Settled) {
    this.#transport = transport;
    this.#settled = settled;
  }

  /** Queues a batch. The newest is refused when too many bytes wait. */
  add(batch: Batch): void {
    if (this.#queueBytes + batch.body.length > QUEUE_BYTES) {
      this.#settled(batch, 'queue_full');
      return;
    }
    this.#queue.push(batch);
    this.#queueBytes += batch.body.length;
    this.#draining ??= this.#drain();
  }

  /** The page may be going: what waits is sent at once, side by side, as far as the quota allows. */
  leave(): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const batch of waiting) {
      if (batch.body.length <= this.#transport.keepaliveRoom) {
        this.#queueBytes -= batch.body.length;
        this.sendNow(batch);
      } else {
        this.#queue.push(batch);
      }
    }
  }

  /** Sends a batch past the queue. */
  sendNow(batch: Batch): void {
    const sent = this.#send(batch).then(() => {
      this.#leaving.delete(sent);
    });
    this.#leaving.add(sent);
  }

  /** Resolves when nothing that was handed in so far waits or is under way. */
  async idle(): Promise<void> {
    await this.#draining;
    await Promise.all(this.#leaving);
  }

  async #drain(): Promise<void> {
    for (let batch = this.#queue.shift(); batch !== undefined; batch = this.#queue.shift()) {
      this.#queueBytes -= batch.body.length;
      await this.#send(batch);
    }
    this.#draining = undefined;
  }

  async #send(batch: Batch): Promise<void> {
    this.#settled(batch, await this.#transport.send(batch));
  }
}
