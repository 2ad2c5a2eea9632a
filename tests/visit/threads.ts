// Processor time of the threads of all renderer processes, as Linux counts it.
import { readdirSync, readFileSync } from 'node:fs';
import type { CDPSession } from '@playwright/test';

interface Thread {
  process: number;
  isWorker: boolean;
  ms: number;
}

/** Threads by process id and thread id. */
export type Threads = ReadonlyMap<string, Thread>;

/** For example "SharedWorker th": Linux cuts a thread's name at 15 characters. */
const WORKER = /^(Shared|Dedicated|Service)Worker/;

/** `session`: the browser's. A thread that has ended keeps its time from `earlier`. */
export async function readThreads(session: CDPSession, earlier?: Threads): Promise<Threads> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const threads = new Map(earlier);
  for (const { type, id } of processInfo) {
    if (type !== 'renderer') continue;
    for (const thread of orNothing(() => readdirSync(`/proc/${id}/task`)) ?? []) {
      const read = (file: string) =>
        orNothing(() => readFileSync(`/proc/${id}/task/${thread}/${file}`, 'utf8'));
      // The first number is the processor time in nanoseconds.
      const ns = read('schedstat')?.split(' ')[0];
      const isWorker = WORKER.test(read('comm') ?? '');
      if (ns) threads.set(`${id} ${thread}`, { process: id, isWorker, ms: Number(ns) / 1e6 });
    }
  }
  return threads;
}

export interface ThreadTime {
  /** All workers of the process. */
  workers: number;
  /** All threads of the process, including those for the browser's own work. */
  all: number;
}

/** Milliseconds between two readings. */
export function timeBetween(before: Threads, after: Threads, process: number): ThreadTime {
  const time = { workers: 0, all: 0 };
  for (const [name, thread] of after) {
    if (thread.process !== process) continue;
    const ms = thread.ms - (before.get(name)?.ms ?? 0);
    time.all += ms;
    if (thread.isWorker) time.workers += ms;
  }
  return time;
}

/** A thread may end while it is read. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
