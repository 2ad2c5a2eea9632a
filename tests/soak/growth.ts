// Whether a gauge has grown: the medians of the second and of the last quarter of a run are compared, because caches
// fill up in the first.
import { median } from '../race/report.ts';
import type { Sample } from './gauges.ts';

type Gauge = Exclude<keyof Sample, 'at'>;

const KIB = 1024;

/** What a gauge may grow by, because its reading is not exact: garbage, and files that a database rewrites. */
export const GAUGES: Readonly<Record<Gauge, { title: string; unit: number; slack: number }>> = {
  pageHeap: { title: 'heap of the page, KiB', unit: KIB, slack: 200 * KIB },
  workerHeap: { title: 'heap of the worker, KiB', unit: KIB, slack: 400 * KIB },
  moduleMemory: { title: 'module memory, KiB', unit: KIB, slack: 0 },
  listeners: { title: 'listeners', unit: 1, slack: 2 },
  storage: { title: 'storage, KiB', unit: KIB, slack: 4_096 * KIB },
  files: { title: 'open files', unit: 1, slack: 20 },
};

export interface Growth {
  title: string;
  early: number;
  late: number;
  most: number;
  hasGrown: boolean;
}

/** A row for each gauge that the run has. */
export function growthOf(samples: readonly Sample[]): Growth[] {
  return Object.entries(GAUGES).flatMap(([name, { title, unit, slack }]) => {
    const values = samples
      .map((sample) => sample[name as Gauge])
      .filter((one) => one !== undefined);
    if (values.length < 4) return [];
    const quarter = Math.floor(values.length / 4);
    const early = median(values.slice(quarter, 2 * quarter));
    const late = median(values.slice(-quarter));
    const round = (value: number) => Math.round(value / unit);
    return [
      {
        title,
        early: round(early),
        late: round(late),
        most: round(Math.max(...values)),
        hasGrown: late > early + slack,
      },
    ];
  });
}
