// Which recorder each event of a batch belongs to, as runs: [recorder, number of successive events], in the events'
// order.

import { Map } from '../../natives.ts';
import type { Run } from '../types.ts';

/** Adds one event of `recorder` to the end. */
export function extend(runs: Run[], recorder: string): void {
  const last = runs.at(-1);
  if (last?.[0] === recorder) runs[runs.length - 1] = [recorder, last[1] + 1];
  else runs.push([recorder, 1]);
}

/** The runs of `events` events, beginning with the event at `start`. */
export function slice(runs: readonly Run[], start: number, events: number): Run[] {
  const found: Run[] = [];
  let at = 0;
  for (const [recorder, length] of runs) {
    const from = Math.max(start, at);
    const to = Math.min(start + events, at + length);
    if (to > from) found.push([recorder, to - from]);
    at += length;
  }
  return found;
}

/** Number of events, by recorder. */
export function totals(runs: readonly Run[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [recorder, events] of runs) sums.set(recorder, (sums.get(recorder) ?? 0) + events);
  return sums;
}
