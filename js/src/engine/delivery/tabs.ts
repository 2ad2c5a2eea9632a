// Pages of one origin among themselves: who may send, and who is still there.

import type { Outbox } from '../outbox/outbox.ts';

const NAME = 'webtrack';
/** A page that is there answers in this time; what one that is taken for gone too early has sent is a repeat. */
const ANSWER_MS = 500;

/** For pages without Web Locks: who sends says so every third of this time. */
const LEASE_MS = 15_000;
const LEASE_POLL_MS = 1_000;

/** Any script of the origin may post something else. */
type Message = { ask?: string; here?: string } | null;

/** Where a browser lacks all means every page sends for itself, and takes all others for gone. */
export class Tabs {
  // Typed as always there; pages without TLS lack it.
  readonly #locks: LockManager | undefined = globalThis.navigator?.locks;
  readonly #tracker: string;
  readonly #outbox: Pick<Outbox, 'lease'>;
  #channel: BroadcastChannel | undefined;
  #leases = 0;

  /** `tracker`: the id by which others see this one live. */
  constructor(tracker: string, outbox: Pick<Outbox, 'lease'>) {
    this.#tracker = tracker;
    this.#outbox = outbox;
    this.live();
  }

  /** Answers, until `leave`, when others ask whether this tracker's page is there. */
  live(): void {
    // Not by a lock that is held as long: Firefox keeps no such page in its back/forward cache.
    if (this.#channel) return;
    this.#channel = openChannel();
    this.#channel?.addEventListener('message', ({ data, target }: MessageEvent<Message>) => {
      if (data?.ask === this.#tracker) {
        (target as BroadcastChannel).postMessage({ here: this.#tracker });
      }
    });
  }

  /** Ends what `live` began: a page in the back/forward cache that is asked would lose its place there. */
  leave(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  /**
   * Runs `work` while no other page of the origin runs its own under that name; not at all once it `isOver`.
   * Never rejects.
   */
  async alone(name: string, work: () => Promise<void>, isOver: () => boolean): Promise<void> {
    let began = false;
    const begin = () => {
      began = true;
      return work();
    };
    try {
      await this.#locks?.request(`${NAME} ${name}`, begin);
    } catch {
      // `work` has failed, or the browser refuses locks as it does storage.
    }
    if (!began) await this.#leased(name, work, isOver);
  }

  async #leased(name: string, work: () => Promise<void>, isOver: () => boolean): Promise<void> {
    // Each time another one: what was frozen with the page may still hold the last.
    const holder = `${this.#tracker} ${this.#leases++}`;
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

  /** Which of these trackers' pages are gone, or in the back/forward cache. */
  async gone(trackers: readonly string[]): Promise<string[]> {
    const gone = new Set(trackers);
    if (this.#channel) gone.delete(this.#tracker);
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
    return new BroadcastChannel(NAME);
  } catch {
    return undefined;
  }
}
