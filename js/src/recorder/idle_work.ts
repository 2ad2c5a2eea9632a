// What waits until the browser has nothing else to do, or until the page may be going.

import type { PageWatch } from './page.ts';
import type { Report } from './report.ts';

export class IdleWork {
  readonly #page: Pick<PageWatch, 'whenIdle'>;
  readonly #report: Pick<Report, 'guarded'>;
  readonly #waiting = new Set<() => void>();

  constructor(page: Pick<PageWatch, 'whenIdle'>, report: Pick<Report, 'guarded'>) {
    this.#page = page;
    this.#report = report;
  }

  /** Does `work` once, unless what is returned is called before. What it throws is swallowed, and told as a loss. */
  add(work: () => void): () => void {
    let cancel: (() => void) | undefined;
    const run = () => {
      if (!this.#waiting.delete(run)) return;
      this.#report.guarded(() => {
        cancel?.();
        work();
      });
    };
    this.#waiting.add(run);
    cancel = this.#page.whenIdle(run);
    return () => {
      this.#waiting.delete(run);
      cancel();
    };
  }

  /** Does now what waits now, and no more: some work asks for itself again. */
  flush(): void {
    for (const run of [...this.#waiting]) run();
  }
}
