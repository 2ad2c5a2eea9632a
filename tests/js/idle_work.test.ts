// What waits for idle time, and a browser that has little of it.
import { expect, test } from 'vitest';
import { IdleWork } from '../../js/src/idle_work.ts';

/** A browser, of which `idle` begins idle time that is enough for `works`. */
function busyBrowser() {
  const asked: ((hasTime: () => boolean) => void)[] = [];
  const failed: unknown[] = [];
  const work = new IdleWork(
    {
      whenIdle(run) {
        asked.push(run);
        return () => void asked.splice(asked.indexOf(run), 1);
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
    for (const run of asked.splice(0)) run(() => ++done < works);
  };
  return { work, idle, asked, failed };
}

test('the browser is asked once, and again when its time was short', () => {
  const { work, idle, asked } = busyBrowser();
  const done: number[] = [];
  for (const n of [1, 2, 3]) work.add(() => done.push(n));
  expect(asked).toHaveLength(1);
  idle(2);
  expect(done).toEqual([1, 2]);
  expect(asked).toHaveLength(1);
  idle(2);
  expect(done).toEqual([1, 2, 3]);
  expect(asked).toEqual([]);
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
  expect(asked).toEqual([]);
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
  expect(asked).toHaveLength(1);
  idle(9);
  expect(done).toEqual(['once', 'later']);
});
