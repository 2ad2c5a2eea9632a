// Pages of one origin among themselves: who may send, and who is still there.

const NAME = 'webtrack';
/** A page that is there answers in this time; one taken for gone too early costs a repeat, and no event. */
const ANSWER_MS = 500;

type Message = { ask: string } | { here: string };

/** Where a browser lacks the means every page sends for itself, and takes all others for gone. */
export class Tabs {
  // Typed as always there; pages without TLS lack it.
  readonly #locks: LockManager | undefined = globalThis.navigator?.locks;
  readonly #tracker: string;
  #channel: BroadcastChannel | undefined;

  /** `tracker`: the id by which others see this one live. */
  constructor(tracker: string) {
    this.#tracker = tracker;
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
    if (!this.#locks) return work();
    await this.#locks.request(`${NAME} ${name}`, work).catch(() => {});
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
