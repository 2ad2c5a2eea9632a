// A page that stays open for an hour of its own clock, before an endpoint that is dead.
import type { Page } from '@playwright/test';
import type { FaultProxy } from './fault_proxy.ts';
import type { Kept, Visitor } from './visitor.ts';

const HOUR_MS = 3_600_000;
/** The clock goes forward by so much at a time; between two steps, real requests come to their end. */
const STEP_MS = 5_000;
/** The page has loaded by then, while its clock still runs by itself. */
const LOADED_MS = 30_000;

/** The policy waits 15 s or more after the 6th failure in a row, and comes to that within 16 s. */
const MOST_REQUESTS = 6 + HOUR_MS / 15_000;
/** It waits for 60 s at most; a step of the clock is lost at each request. */
const LEAST_REQUESTS = Math.floor(HOUR_MS / (60_000 + STEP_MS));
/** What a page holds for its exit, and what garbage collection leaves lying about. */
const MOST_HEAP_GROWTH = 2 * 1024 * 1024;

export interface Hour {
  requests: number;
  kept: Kept;
  /** Bytes of the page's heap at its end more than at its beginning; NaN where the browser does not tell. */
  heapGrowth: number;
}

/** Records `count` events with texts of `size` characters over the hour. */
export async function sitForAnHour(
  visitor: Visitor,
  proxy: FaultProxy,
  { count, size }: { count: number; size: number },
): Promise<Hour> {
  // It ends about now, so that the pages after it do not find times of the future.
  const start = Date.now() - HOUR_MS;
  const tab = await visitor.open((page) => page.clock.install({ time: start }));
  const { page } = tab;
  await page.clock.pauseAt(start + LOADED_MS);
  const steps = HOUR_MS / STEP_MS;
  const heap = await heapOf(visitor, page);
  let recorded = 0;
  for (let step = 1; step <= steps; step++) {
    const due = Math.ceil((count * step) / steps) - recorded;
    recorded += due;
    const events = Array.from({ length: due }, () => ({ size }));
    if (due > 0) await visitor.record(tab, events);
    await page.clock.runFor(STEP_MS);
    await settled(page, proxy);
  }
  const hour = {
    requests: proxy.requests.length,
    kept: await page.evaluate(() => window.kept()),
    heapGrowth: (await heapOf(visitor, page)) - heap,
  };
  // The clock is that of all pages to come.
  await page.clock.resume();
  return hour;
}

/** What must not be after an hour in which up to `outboxBytes` may wait. */
export function failuresOfHour(
  { requests, kept, heapGrowth }: Hour,
  outboxBytes: number,
): string[] {
  return [
    requests > MOST_REQUESTS && `${requests} requests in an hour, more than ${MOST_REQUESTS}`,
    requests < LEAST_REQUESTS && `${requests} requests in an hour, less than ${LEAST_REQUESTS}`,
    kept.bodies > outboxBytes && `${kept.bodies} bytes wait, more than ${outboxBytes}`,
    heapGrowth > MOST_HEAP_GROWTH && `the heap grew by ${heapGrowth} bytes`,
  ].filter((failure) => failure !== false);
}

/** No request waits, and the page has heard of its answer: it gets one of its own after it. */
async function settled(page: Page, proxy: FaultProxy): Promise<void> {
  do {
    await page.evaluate(() => fetch('/page.js').then((response) => response.text()));
  } while (proxy.underWay > 0);
}

/** Bytes in use after garbage was collected. Not by `performance`, which the clock replaces. */
async function heapOf(visitor: Visitor, page: Page): Promise<number> {
  if (!visitor.isChromium) return Number.NaN;
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}
