// What is limited to so many in a minute.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MinuteCounts } from '../../js/src/minute.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('events are counted by key within a minute, and from 1 again in the next', () => {
  const counts = new MinuteCounts();
  expect([counts.add('a'), counts.add('a'), counts.add('b')]).toEqual([1, 2, 1]);
  expect([counts.size, counts.has('a'), counts.has('c')]).toEqual([2, true, false]);
  vi.advanceTimersByTime(60_000);
  expect([counts.size, counts.has('a')]).toEqual([0, false]);
  expect(counts.add('a')).toBe(1);
});
