// A page that stays open for an hour of its own clock.
import type { Page } from '@playwright/test';
import type { FaultProxy } from './fault_proxy.ts';
import type { Kept, Visitor } from './visitor.ts';

const HOUR_MS = 3_600_000;
/** The clock goes forward by so much at a time; between two steps, real requests come to their end. */
const STEP_MS = 5_000;
/** The page has loaded by then, while its clock still runs by itself. */
const LOADED_MS = 30_000;

/** Records `count` events over the hour; answers what the browser keeps at its end. */
export async function sitForAnHour(
  visitor: Visitor,
  proxy: FaultProxy,
  count: number,
): Promise<Kept> {
  // It ends about now, so that the pages after it do not find times of the future.
  const start = Date.now() - HOUR_MS;
  const tab = await visitor.open((page) => page.clock.install({ time: start }));
  await tab.page.clock.pauseAt(start + LOADED_MS);
  const steps = HOUR_MS / STEP_MS;
  let recorded = 0;
  for (let step = 1; step <= steps; step++) {
    const due = Math.ceil((count * step) / steps) - recorded;
    recorded += due;
    await visitor.record(
      tab,
      Array.from({ length: due }, () => ({ size: 20 })),
    );
    await tab.page.clock.runFor(STEP_MS);
    await settled(tab.page, proxy);
  }
  return tab.page.evaluate(() => window.kept());
}

/** No request waits, and the page has heard of its answer: it gets one of its own after it. */
async function settled(page: Page, proxy: FaultProxy): Promise<void> {
  do {
    await page.evaluate(() => fetch('/page.js').then((response) => response.text()));
  } while (proxy.underWay > 0);
}
