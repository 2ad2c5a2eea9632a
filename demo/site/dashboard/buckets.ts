// Sums the bytes of each time step for the plot.

import type { Point } from './model.ts';

export interface Range {
  label: string;
  spanSeconds: number;
  stepSeconds: number;
}

export const RANGES: readonly [Range, ...Range[]] = [
  { label: '5 min', spanSeconds: 300, stepSeconds: 5 },
  { label: '1 hour', spanSeconds: 3600, stepSeconds: 60 },
  { label: '24 hours', spanSeconds: 86_400, stepSeconds: 1200 },
];

/** The data of the plot: the start of each step, raw bytes, wire bytes. */
export type Columns = [seconds: number[], raw: number[], wire: number[]];

export function bucket(
  points: readonly Point[],
  { spanSeconds }: Range,
  step: number,
  now: number,
): Columns {
  const length = spanSeconds / step + 1;
  const start = (Math.floor(now / step) - length + 1) * step;
  const columns: Columns = [
    Array.from({ length }, (_, at) => start + at * step),
    new Array<number>(length).fill(0),
    new Array<number>(length).fill(0),
  ];
  for (let i = points.length - 1; i >= 0; i--) {
    const { seconds, raw, wire } = points[i] as Point;
    if (seconds < start) break; // points are sorted oldest first, so all others are older
    const at = Math.min(length - 1, Math.floor((seconds - start) / step));
    columns[1][at] = (columns[1][at] as number) + raw;
    columns[2][at] = (columns[2][at] as number) + wire;
  }
  return columns;
}

/** Returns the shortest range that shows the newest batch. */
export function fittingRange(points: readonly Point[], now: number): Range {
  const newest = points.at(-1)?.seconds ?? now;
  return RANGES.find(({ spanSeconds }) => now - newest < spanSeconds * 0.9) ?? RANGES[0];
}
