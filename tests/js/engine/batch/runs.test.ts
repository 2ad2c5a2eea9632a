// Runs: which recorder each event of a batch belongs to.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extend, slice, totals } from '../../../../js/src/engine/batch/runs.ts';
import type { Run } from '../../../../js/src/engine/types.ts';

function runsOf(recorders: readonly string[]): Run[] {
  const runs: Run[] = [];
  for (const recorder of recorders) extend(runs, recorder);
  return runs;
}

const expanded = (runs: readonly Run[]) =>
  runs.flatMap(([recorder, events]) => Array<string>(events).fill(recorder));

test('consecutive events of one recorder are one run', () => {
  expect(runsOf(['a', 'a', 'b', 'a'])).toEqual([
    ['a', 2],
    ['b', 1],
    ['a', 1],
  ]);
  expect(runsOf([])).toEqual([]);
});

test('a slice has the runs of its own events', () => {
  const recorders = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
  fc.assert(
    fc.property(recorders, fc.nat(14), fc.nat(14), (all, start, events) => {
      const part = slice(runsOf(all), start, events);
      expect(expanded(part)).toEqual(all.slice(start, start + events));
      expect(part.every(([, length]) => length > 0)).toBe(true);
    }),
  );
  expect(slice(runsOf(['a', 'b', 'b']), 1, Number.POSITIVE_INFINITY)).toEqual([['b', 2]]);
});

test('totals() sums the events of each recorder', () => {
  expect([...totals(runsOf(['a', 'b', 'a', 'a']))]).toEqual([
    ['a', 3],
    ['b', 1],
  ]);
});
