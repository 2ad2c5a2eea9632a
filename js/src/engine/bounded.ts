// Bounds for promises: a page's wrapper or a damaged disk can keep one of the browser's from ever settling.

import { clearTimeout, Promise, type Set, setTimeout } from '../natives.ts';

/**
 * Settles as `work` does, or rejects after so many milliseconds. Uses two timers of half the time each: a tab that
 * wakes up with an overdue timer gives the work half of the time again.
 */
export function within<Value>(work: Promise<Value>, milliseconds: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => {
      timer = setTimeout(() => fail(new Error('did not answer in time')), milliseconds / 2);
    }, milliseconds / 2);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/**
 * Resolves when `work` settles, or when the function that this adds to `others` is called. Then removes that function,
 * so that nothing stays in `others`, as it would with `Promise.race`.
 */
export function settledOr(work: Promise<unknown>, others: Set<() => void>): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      others.delete(end);
      done();
    };
    others.add(end);
    work.then(end, end);
  });
}
