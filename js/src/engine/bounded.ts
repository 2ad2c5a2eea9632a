// Bounds for promises of the browser: a page's wrapper or a damaged disk can keep one from ever settling.

import { clearTimeout, Promise, setTimeout } from '../natives.ts';

/**
 * Settles as `work` does, or rejects after so many milliseconds. The second half of the time begins when the first has
 * ended: a tab that wakes up with its timers overdue gives the work this time.
 */
export function within<Value>(work: Promise<Value>, milliseconds: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => {
      timer = setTimeout(() => fail(new Error('took too long')), milliseconds / 2);
    }, milliseconds / 2);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
