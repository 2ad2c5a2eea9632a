// A visit to a page that only sends events: one at `load`, four half a second later, and one at each of ten clicks.
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { places } from './pages.ts';
import { type Part, partBetween, sumOf, Visitor, type VisitSettings } from './visitor.ts';

export const CLICKS = 10;
/** How long the page is left alone after `load`. */
export const AFTER_LOAD_MS = 1_500;
const CLICK_EVERY_MS = 300;
const PRESS_MS = 50;
/** Time on the last page, in which a worker may still send. */
const AFTER_MS = 5_000;

export interface EventsVisit {
  load: Part;
  afterLoad: Part;
  /** All clicks. */
  clicks: Part;
  /** The whole visit, with its exit. */
  visit: Part;
  /** Bytes. */
  heap: number;
  workerHeap: number | undefined;
}

/** Clicks ten times on the button that sends an event. */
export async function click(page: Page): Promise<void> {
  for (let clicks = 0; clicks < CLICKS; clicks++) {
    await page.mouse.click(places.send.x, places.send.y, { delay: PRESS_MS });
    await delay(CLICK_EVERY_MS - PRESS_MS);
  }
}

export async function visitEvents(settings: VisitSettings): Promise<EventsVisit> {
  settings.endpoint.take();
  const visitor = await Visitor.start(settings);
  try {
    // No page has run in this browser yet.
    const begun = { ...(await visitor.moment()), mainThread: 0 };
    await visitor.open('/events');
    const loaded = await visitor.moment();
    await delay(AFTER_LOAD_MS);
    const settled = await visitor.moment();
    await click(visitor.page);
    const clicked = await visitor.moment();
    const heap = await visitor.heap();
    // Garbage collection for the heap's figure does not count as part of the visit.
    const resumed = await visitor.moment();
    await visitor.leave();
    await visitor.open('/end');
    await delay(AFTER_MS);
    const ended = await visitor.moment();

    const main = await visitor.traced(settings.endpoint.take());
    const exact = { ...loaded, at: main.loadedAfter(begun.at) };
    const load = partBetween(main, begun, exact);
    const afterLoad = partBetween(main, exact, settled);
    const clicks = partBetween(main, settled, clicked);
    const exit = partBetween(main, resumed, ended);
    return {
      load,
      afterLoad,
      clicks,
      visit: sumOf([load, afterLoad, clicks, exit]),
      heap: heap.page,
      workerHeap: heap.worker,
    };
  } finally {
    await visitor.stop();
  }
}
