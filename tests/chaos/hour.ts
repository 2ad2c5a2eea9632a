// A page that stays open for an hour by its own clock, while the endpoint is down.
import type { Page } from '@playwright/test';
import type { FaultProxy } from './fault_proxy.ts';
import type { Kept, Visitor } from './visitor.ts';

const HOUR_MS = 3_600_000;
/** The clock advances in steps of this size; real requests finish between two steps. */
const STEP_MS = 5_000;
/** The clock runs by itself for this long, so that the page can load; then it is paused. */
const LOADED_MS = 30_000;

/** From the 6th failure in a row on, which comes within 16 s, the policy waits at least 15 s. */
const MOST_REQUESTS = 6 + HOUR_MS / 15_000;
/** It waits at most 60 s, and each request also takes one step of the clock. */
const LEAST_REQUESTS = Math.floor(HOUR_MS / (60_000 + STEP_MS));
/** A page keeps batches in memory for its exit, and garbage collection leaves something behind. */
const MOST_HEAP_GROWTH = 2 * 1024 * 1024;

export interface Hour {
  requests: number;
  kept: Kept;
  /** By how many bytes the page's heap grew; NaN where the browser does not tell. */
  heapGrowth: number;
}

/** Records `count` events with texts of `size` characters, spread over the hour. */
export async function sitForAnHour(
  visitor: Visitor,
  proxy: FaultProxy,
  { count, size }: { count: number; size: number },
): Promise<Hour> {
  // The hour ends about now, so that later pages do not find times in the future.
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
  // All later pages of the browser use the same clock, so it must run.
  await page.clock.resume();
  return hour;
}

/** Messages about what is wrong after the hour; the outbox may hold up to `outboxBytes`. */
export function failuresOfHour(
  { requests, kept, heapGrowth }: Hour,
  outboxBytes: number,
): string[] {
  return [
    requests > MOST_REQUESTS && `${requests} requests in an hour, more than ${MOST_REQUESTS}`,
    requests < LEAST_REQUESTS && `${requests} requests in an hour, less than ${LEAST_REQUESTS}`,
    kept.bodies > outboxBytes && `${kept.bodies} bytes are kept, more than ${outboxBytes}`,
    heapGrowth > MOST_HEAP_GROWTH && `the heap grew by ${heapGrowth} bytes`,
  ].filter((failure) => failure !== false);
}

/**
 * Waits until no request is open. The page's own request after that makes sure that it has handled all answers. A read
 * of the database waits for the writes before it: on a slow disk, their limits would end by the clock that we advance.
 */
async function settled(page: Page, proxy: FaultProxy): Promise<void> {
  do {
    await page.evaluate(() => fetch('/page.js').then((response) => response.text()));
  } while (proxy.underWay > 0);
  await page.evaluate(() => window.kept());
}

/** Bytes in use after garbage collection. Not from `performance`, which the mock clock replaces. */
async function heapOf(visitor: Visitor, page: Page): Promise<number> {
  if (!visitor.isChromium) return Number.NaN;
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}
