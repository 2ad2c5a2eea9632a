// Reads what a plug-in has recorded, and waits for frames and time.

import type { Page } from '@playwright/test';
import { type Collector, eventually } from '../fixtures.ts';

/**
 * Flushes, and returns all stored events, or those with `names`, in the order of recording. The events are without
 * `ts`, `seq`, `page_load_id` and the fields of the collector.
 */
export async function recorded(
  page: Page,
  collector: Collector,
  ...names: string[]
): Promise<Record<string, unknown>[]> {
  const sent = await page.evaluate(async () => {
    await window.tracker.flush();
    return window.tracker.counts.sent;
  });
  // `flush` does not wait for beacons, as their answers are not heard. The page is left by one before it has an engine.
  await eventually(async () => (await collector.logs()).length).toBeGreaterThanOrEqual(sent);
  return (await collector.logs())
    .filter(({ event }) => names.length === 0 || names.includes(String(event)))
    .sort((a, b) => Number(a.seq) - Number(b.seq))
    .map((log) =>
      Object.fromEntries(
        Object.entries(log).filter(([key]) => !/^(__.*|ts|seq|page_load_id)$/.test(key)),
      ),
    );
}

/** Resolves when the page is drawn and its listeners and observers have run. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // An IntersectionObserver runs with real frames, also while page.clock has stopped the page's time.
    for (const _ of [1, 2]) {
      await new Promise<void>((done) => {
        const observer = new IntersectionObserver(() => {
          observer.disconnect();
          done();
        });
        observer.observe(document.documentElement);
      });
    }
  });
}

/** Stops the time of the next documents; only `page.clock.runFor()` advances it. */
export async function stopTime(page: Page): Promise<void> {
  const now = Date.now();
  await page.clock.install({ time: now });
  // Pause in the future: the clock runs until the page is opened.
  await page.clock.pauseAt(now + 60_000);
}
