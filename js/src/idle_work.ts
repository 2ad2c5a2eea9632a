// What waits until the browser has nothing else to do, or until the page may be going.

import type { Losses } from './losses.ts';
import type { PageWatch } from './page.ts';

export class IdleWork {
  readonly #page: Pick<PageWatch, 'whenIdle'>;
  readonly #losses: Pick<Losses, 'guarded'>;
  readonly #waiting = new Set<() => void>();
  /** The browser is asked once for all that waits: to be asked costs it more than most of the work. */
  #asked = false;
  #cancel: (() => void) | undefined;

  constructor(page: Pick<PageWatch, 'whenIdle'>, losses: Pick<Losses, 'guarded'>) {
    this.#page = page;
    this.#losses = losses;
  }

  /** Does `work` once, unless what is returned is called before. What it throws is swallowed, and told as a loss. */
  add(work: () => void): () => void {
    // Another one each time: the same work may wait twice.
    const run = () => work();
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
    this.#asked = true;
    this.#cancel = this.#page.whenIdle((hasTime) => {
      this.#asked = false;
      this.#run(hasTime);
      if (this.#waiting.size > 0) this.#ask();
    });
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
