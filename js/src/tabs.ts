// Pages of one origin among themselves: who may send, and who is still there.

import type { Outbox } from './outbox.ts';

const NAME = 'webtrack';
/** A page that is there answers in this time; one taken for gone too early costs a repeat, and no event. */
const ANSWER_MS = 500;

/** For pages without Web Locks: who sends says so every third of this time. */
const LEASE_MS = 15_000;
const LEASE_POLL_MS = 1_000;

type Message = { ask: string } | { here: string };

/** Where a browser lacks all means every page sends for itself, and takes all others for gone. */
export class Tabs {
  // Typed as always there; pages without TLS lack it.
  readonly #locks: LockManager | undefined = globalThis.navigator?.locks;
  readonly #tracker: string;
  readonly #outbox: Pick<Outbox, 'lease'>;
  #channel: BroadcastChannel | undefined;

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
      if ('ask' in data && data.ask === this.#tracker) {
        (target as BroadcastChannel).postMessage({ here: this.#tracker });
      }
    });
  }

  /** Ends what `live` began: a page in the back/forward cache that is asked would lose its place there. */
  leave(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** Runs `work` while no other page of the origin runs its own under that name. Never rejects. */
  async alone(name: string, work: () => Promise<void>): Promise<void> {
    const alone = this.#locks
      ? this.#locks.request(`${NAME} ${name}`, work)
      : this.#leased(name, work);
    await alone.catch(() => {});
  }

  async #leased(name: string, work: () => Promise<void>): Promise<void> {
    const lease = (milliseconds: number) => this.#outbox.lease(name, this.#tracker, milliseconds);
    while (!(await lease(LEASE_MS))) await new Promise((end) => setTimeout(end, LEASE_POLL_MS));
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
          if ('here' in data) gone.delete(data.here);
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
