// Promises that must not keep anybody waiting.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settledOr, within } from '../../../js/src/engine/bounded.ts';

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
  expect(settled).toHaveBeenCalledWith(new Error('did not answer in time'));
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

test('settledOr() resolves with the work or with the call of its function, and leaves nothing behind', async () => {
  const others = new Set<() => void>();
  await settledOr(Promise.resolve(), others);
  await settledOr(Promise.reject(new Error('no')), others);
  expect(others.size).toBe(0);
  const waiting = settledOr(new Promise(() => {}), others);
  expect(others.size).toBe(1);
  for (const end of [...others]) end();
  await waiting;
  expect(others.size).toBe(0);
});
