// Coordinates the engines of one origin: lets one at a time send, and finds out which still exist.

import {
  bare,
  clearInterval,
  clearTimeout,
  Promise,
  Set,
  setInterval,
  setTimeout,
} from '../../natives.ts';
import type { Outbox } from '../outbox/outbox.ts';

const NAME = 'webtrack';
/** A live engine answers within this time. If one answers too late, its batches may be sent twice. */
const ANSWER_MS = 500;

/** A page that the browser has suspended may keep its lock, and so may any script of the origin. */
const LOCK_MS = 15_000;

/** For pages without Web Locks: how long a lease lasts. The sender renews it after a third of this time. */
const LEASE_MS = 15_000;
const LEASE_POLL_MS = 1_000;

type Work = (isAlone: boolean) => Promise<void>;

/** A message on the channel. Other scripts of the origin may post something else there. */
type Message = { ask?: string; here?: string } | null;

/**
 * In a browser without locks, channel and storage every engine sends for itself and assumes that all others are gone.
 */
export class Turns {
  // Pages without TLS lack `navigator.locks`, although TypeScript says otherwise.
  readonly #locks: LockManager | undefined = globalThis.navigator?.locks;
  readonly #owner: string;
  readonly #outbox: Pick<Outbox, 'lease'>;
  #channel: BroadcastChannel | undefined;
  #leases = 0;

  /** `owner`: the id under which this batcher answers. */
  constructor(owner: string, outbox: Pick<Outbox, 'lease'>) {
    this.#owner = owner;
    this.#outbox = outbox;
    this.startAnswering();
  }

  /** From now on answers other engines that ask whether this batcher still exists. */
  startAnswering(): void {
    // Not by holding a lock: Firefox keeps no page with a lock in its back/forward cache.
    if (this.#channel) return;
    const channel = openChannel();
    this.#channel = channel;
    if (!channel) return;
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data?.ask === this.#owner) channel.postMessage({ here: this.#owner });
    };
  }

  /** Stops answering: a page in the back/forward cache would be evicted when it gets a message. */
  stopAnswering(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  /**
   * Runs `work` while no other engine of the origin runs work of the same name. If the lock does not come within 15
   * seconds, runs it beside another one, with `isAlone` false. Without Web Locks it gives up when `isOver()` becomes
   * true before its turn. Never rejects.
   */
  async runAlone(name: string, work: Work, isOver: () => boolean): Promise<void> {
    if (!this.#locks) return this.#runWithLease(name, () => work(true), isOver);
    let began = false;
    const begin = async (isAlone: boolean) => {
      if (began) return;
      began = true;
      clearTimeout(timer);
      await work(isAlone);
    };
    const asked = new globalThis.AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((ended) => {
      timer = setTimeout(() => {
        asked.abort();
        begin(false).then(ended, ended);
      }, LOCK_MS);
    });
    try {
      const lock = this.#locks.request(`${NAME} ${name}`, bare({ signal: asked.signal }), () =>
        begin(true),
      );
      await Promise.race([lock, late]);
    } catch {
      // `work` failed, or the browser refuses locks, as it does for pages without storage.
    }
    clearTimeout(timer);
    if (asked.signal.aborted) await late;
    else if (!began) await this.#runWithLease(name, () => work(true), isOver);
  }

  async #runWithLease(
    name: string,
    work: () => Promise<void>,
    isOver: () => boolean,
  ): Promise<void> {
    // A new holder each time: an earlier run that was frozen with the page may still hold its lease.
    const holder = `${this.#owner} ${this.#leases++}`;
    const lease = (milliseconds: number) => this.#outbox.lease(name, holder, milliseconds);
    while (!(await lease(LEASE_MS))) {
      if (isOver()) return;
      await new Promise((end) => setTimeout(end, LEASE_POLL_MS));
    }
    const renewal = setInterval(lease, LEASE_MS / 3, LEASE_MS);
    await work().catch(() => {});
    clearInterval(renewal);
    await lease(0);
  }

  /** Returns those of the owners that are gone, or whose page is in the back/forward cache. */
  async gone(owners: readonly string[]): Promise<string[]> {
    const gone = new Set(owners);
    if (this.#channel) gone.delete(this.#owner);
    const channel = openChannel();
    if (channel && gone.size > 0) {
      await new Promise<void>((asked) => {
        const timer = setTimeout(asked, ANSWER_MS);
        channel.onmessage = ({ data }: MessageEvent<Message>) => {
          gone.delete(data?.here ?? '');
          if (gone.size > 0) return;
          clearTimeout(timer);
          asked();
        };
        for (const ask of gone) channel.postMessage({ ask });
      });
    }
    channel?.close();
    return [...gone];
  }
}

function openChannel(): BroadcastChannel | undefined {
  try {
    return new globalThis.BroadcastChannel(NAME);
  } catch {
    return undefined;
  }
}
