// What a collector's process uses.
import { readFile } from 'node:fs/promises';
import type { Collector } from '../collector/collector_process.ts';

/** Memory in use, mebibytes. */
export const memoryOf = async (collector: Collector) =>
  Math.round((await statusOf(collector, 'VmRSS')) / 1024);

export const threadsOf = (collector: Collector) => statusOf(collector, 'Threads');

async function statusOf({ process: { pid } }: Collector, name: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
}
