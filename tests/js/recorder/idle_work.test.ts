// Work that waits for idle time.
import { expect, test } from 'vitest';
import { IdleWork } from '../../../js/src/recorder/idle_work.ts';

/** Idle work in a fake browser, which is idle only when `idle` is called. */
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

test('work that other work cancels does not run', () => {
  const { work, idle, asked } = busyBrowser();
  const done: string[] = [];
  work.add(() => cancel());
  const cancel = work.add(() => done.push('cancelled'));
  work.add(() => done.push('other'));
  idle();
  expect(done).toEqual(['other']);
  expect(asked.size).toBe(0);
});

test('flushed work does not run again, and work that throws does not stop other work', () => {
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
