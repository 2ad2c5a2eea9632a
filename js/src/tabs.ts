// Pages of one origin among themselves: who may send, and who is still there.

const PREFIX = 'webtrack ';

/** Without Web Locks (a page without TLS) every page sends for itself, and none is taken for gone. */
export class Tabs {
  // Typed as always there; pages without TLS lack it.
  readonly #locks: LockManager | undefined = globalThis.navigator?.locks;
  readonly #tracker: string;
  #release: (() => void) | undefined;

  /** `tracker`: the id by which others see this one live. */
  constructor(tracker: string) {
    this.#tracker = tracker;
    this.live();
  }

  /** Shows others that this tracker's page is there, until `leave`. */
  live(): void {
    if (this.#release) return;
    const left = new Promise<void>((release) => {
      this.#release = release;
    });
    this.#locks?.request(PREFIX + this.#tracker, () => left).catch(() => {});
  }

  /** Ends what `live` began: a page that holds a lock has no place in the back/forward cache. */
  leave(): void {
    this.#release?.();
    this.#release = undefined;
  }

  /** Runs `work` while no other page of the origin runs its own under that name. Never rejects. */
  async alone(name: string, work: () => Promise<void>): Promise<void> {
    if (!this.#locks) return work();
    await this.#locks.request(PREFIX + name, work).catch(() => {});
  }

  /** Whether another tracker's page is gone for certain. */
  async isGone(tracker: string): Promise<boolean> {
    if (!this.#locks || (tracker === this.#tracker && this.#release)) return false;
    return this.#locks
      .request(PREFIX + tracker, { ifAvailable: true }, async (lock) => lock !== null)
      .catch(() => false);
  }
}
