// What waits for idle time, beside other work that does.
import { expect, test } from 'vitest';
import { IdleWork } from '../../js/src/recorder/idle_work.ts';

/** Idle work of a browser that has idle time when `idle` is called. */
function busyBrowser() {
  const asked = new Set<() => void>();
  const failed: unknown[] = [];
  const work = new IdleWork(
    {
      whenIdle(run) {
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
  const idle = () => {
    for (const run of asked) run();
  };
  return { work, idle, asked, failed };
}

test('what is taken back is not done, also by other work', () => {
  const { work, idle, asked } = busyBrowser();
  const done: string[] = [];
  work.add(() => takeBack());
  const takeBack = work.add(() => done.push('taken back'));
  work.add(() => done.push('other'));
  idle();
  expect(done).toEqual(['other']);
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
  work.flush();
  expect(done).toEqual(['once']);
  expect(failed).toHaveLength(1);
  idle();
  expect(done).toEqual(['once', 'later']);
  expect(asked.size).toBe(0);
});
