// Runs work when the browser is idle, or earlier when the page may be unloading.

import { Set } from '../natives.ts';
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

  /** Runs `work` once. The returned function cancels it. What `work` throws is swallowed and reported as a loss. */
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

  /** Runs what waits now. Work that is added meanwhile must wait: some work schedules itself again, without end. */
  flush(): void {
    for (const run of [...this.#waiting]) run();
  }
}
