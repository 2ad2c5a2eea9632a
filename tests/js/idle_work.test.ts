// What waits for idle time, and a browser that has little of it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IdleWork } from '../../js/src/idle_work.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A browser, of which `idle` begins idle time that is enough for `works`. */
function busyBrowser() {
  const asked = new Set<(hasTime: () => boolean) => void>();
  const failed: unknown[] = [];
  const bounds: number[] = [];
  const work = new IdleWork(
    {
      whenIdle(run, latestMs) {
        bounds.push(latestMs);
        asked.add(run);
        return () => void asked.delete(run);
      },
    },
    {
      guarded(run) {
        try {
          run();
        } catch (error) {
          failed.push(error);
        }
      },
    },
  );
  const idle = (works: number) => {
    let done = 0;
    for (const run of [...asked]) {
      asked.delete(run);
      run(() => ++done < works);
    }
  };
  return { work, idle, asked, failed, bounds };
}

test('the browser is asked once, and again when its time was short', () => {
  const { work, idle, asked } = busyBrowser();
  const done: number[] = [];
  for (const n of [1, 2, 3]) work.add(() => done.push(n));
  expect(asked.size).toBe(1);
  idle(2);
  expect(done).toEqual([1, 2]);
  expect(asked.size).toBe(1);
  idle(2);
  expect(done).toEqual([1, 2, 3]);
  expect(asked.size).toBe(0);
});

test('all is done half a second after the first of it began to wait', () => {
  const { work, idle, bounds } = busyBrowser();
  for (let n = 0; n < 3; n++) work.add(() => {});
  vi.advanceTimersByTime(300);
  work.add(() => {});
  idle(1);
  vi.advanceTimersByTime(300);
  idle(1);
  expect(bounds).toEqual([500, 200, 1]);
  idle(9);
  work.add(() => {});
  expect(bounds).toEqual([500, 200, 1, 500]);
});

test('what is taken back is not done, also by other work', () => {
  const { work, idle, asked } = busyBrowser();
  const done: string[] = [];
  work.add(() => takeBack());
  const takeBack = work.add(() => done.push('taken back'));
  work.add(() => done.push('other'));
  idle(9);
  expect(done).toEqual(['other']);
  work.add(() => done.push('never'))();
  expect(asked.size).toBe(0);
});

test('what is done now is not done again, and what fails keeps nothing else', () => {
  const { work, idle, asked, failed } = busyBrowser();
  const done: string[] = [];
  work.add(() => {
    throw new Error('a mistake');
  });
  work.add(() => {
    done.push('once');
    work.add(() => done.push('later'));
  });
  work.doNow();
  expect(done).toEqual(['once']);
  expect(failed).toHaveLength(1);
  expect(asked.size).toBe(1);
  idle(9);
  expect(done).toEqual(['once', 'later']);
});
