// Promises that must not keep anybody waiting.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { within } from '../../../js/src/engine/bounded.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a promise in time settles as it does, and leaves no timer', async () => {
  await expect(within(Promise.resolve(7), 1_000)).resolves.toBe(7);
  await expect(within(Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

test('a promise that never settles rejects after the time', async () => {
  const settled = vi.fn();
  within(new Promise(() => {}), 1_000).catch(settled);
  await vi.advanceTimersByTimeAsync(999);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(settled).toHaveBeenCalledWith(new Error('took too long'));
});

test('a tab that wakes up late gives the promise the second half of the time', async () => {
  let done = (_: string) => {};
  const work = new Promise<string>((resolve) => {
    done = resolve;
  });
  const bounded = within(work, 1_000);
  // The clock jumped while the tab slept; its first timer fires now.
  await vi.advanceTimersByTimeAsync(500);
  done('after all');
  await expect(bounded).resolves.toBe('after all');
});
