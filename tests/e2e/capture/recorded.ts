// What a plug-in has recorded, as the collector stores it.

import type { Page } from '@playwright/test';
import type { Collector } from '../fixtures.ts';

/**
 * Sends what is recorded, and answers all events, or those of these names, in the order of recording: with their own
 * fields, without `ts`, `seq` and `page_load_id`.
 */
export async function recorded(
  page: Page,
  collector: Collector,
  ...names: string[]
): Promise<Record<string, unknown>[]> {
  await page.evaluate(() => window.tracker.flush());
  return (await collector.logs())
    .filter(({ event }) => names.length === 0 || names.includes(String(event)))
    .sort((a, b) => Number(a.seq) - Number(b.seq))
    .map((log) =>
      Object.fromEntries(
        Object.entries(log).filter(([key]) => !/^(__.*|ts|seq|page_load_id)$/.test(key)),
      ),
    );
}

/** Resolves when what the page shows now is drawn, and its listeners and observers have been told. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // Frames of the browser's own, also where the page's time stands still.
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

/** From the next document on the page's time stands still but for `page.clock.runFor()`. */
export async function stopTime(page: Page): Promise<void> {
  const now = Date.now();
  await page.clock.install({ time: now });
  // Far enough ahead of what passes until then.
  await page.clock.pauseAt(now + 60_000);
}
