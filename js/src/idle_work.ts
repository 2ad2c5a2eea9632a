// What waits until the browser has nothing else to do, or until the page may be going.

import type { Losses } from './losses.ts';
import type { PageWatch } from './page.ts';

/** The first of what waits is done at the latest after so many milliseconds, and all else with it. */
const LATEST_MS = 500;

export class IdleWork {
  readonly #page: Pick<PageWatch, 'whenIdle'>;
  readonly #losses: Pick<Losses, 'guarded'>;
  readonly #waiting = new Set<() => void>();
  /** The browser is asked once for all that waits: to be asked costs it more than most of the work. */
  #asked = false;
  /** When the first of what waits began to, by the page's clock. */
  #since = 0;
  #cancel: (() => void) | undefined;

  constructor(page: Pick<PageWatch, 'whenIdle'>, losses: Pick<Losses, 'guarded'>) {
    this.#page = page;
    this.#losses = losses;
  }

  /** Does `work` once, unless what is returned is called before. What it throws is swallowed, and told as a loss. */
  add(work: () => void): () => void {
    // Another one each time: the same work may wait twice.
    const run = () => work();
    if (this.#waiting.size === 0) this.#since = performance.now();
    this.#waiting.add(run);
    this.#ask();
    return () => {
      this.#waiting.delete(run);
      this.#rest();
    };
  }

  /** Does now what waits now, and no more: some work asks for itself again. */
  doNow(): void {
    this.#run(() => true);
  }

  #ask(): void {
    if (this.#asked) return;
    const left = this.#since + LATEST_MS - performance.now();
    this.#asked = true;
    this.#cancel = this.#page.whenIdle(
      (hasTime) => {
        this.#asked = false;
        this.#run(hasTime);
        if (this.#waiting.size > 0) this.#ask();
      },
      // For a browser 0 is no bound at all.
      Math.max(1, left),
    );
  }

  #run(hasTime: () => boolean): void {
    for (const run of [...this.#waiting]) {
      // It may have been taken back by what was done before it.
      if (this.#waiting.delete(run)) this.#losses.guarded(run);
      if (!hasTime()) break;
    }
    this.#rest();
  }

  #rest(): void {
    if (this.#waiting.size > 0) return;
    this.#cancel?.();
    this.#asked = false;
  }
}
