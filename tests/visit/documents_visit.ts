// A visit to three documents, like a person's: scrolling, three clicks and a form in each.
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { median } from '../race/report.ts';
import type { Traffic } from './endpoint.ts';
import { DOCUMENTS, places } from './pages.ts';
import { now, type Span } from './trace.ts';
import { type Part, partBetween, Visitor, type VisitSettings } from './visitor.ts';

/** How long each document is read. */
export const DOCUMENT_MS = 7_000;
/** Time on the last page, for requests that are still under way. */
export const AFTER_MS = 5_000;
const LOOK_MS = 800;
const SCROLLS = 6;
const SCROLL_EVERY_MS = 250;
const CLICK_EVERY_MS = 500;
const PRESS_MS = 50;
const KEY_EVERY_MS = 60;
/** The events of one press of a button. */
const PRESS_EVENTS = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];

export interface DocumentsVisit extends Traffic {
  visit: Part;
  /** Milliseconds of scripts in the listeners of a click on a button; the median of all clicks. */
  click: number;
  /** Milliseconds of scripts in the half second that begins with a click on a button; the mean of all clicks. */
  afterClick: number;
}

export async function visitDocuments(settings: VisitSettings): Promise<DocumentsVisit> {
  const { endpoint } = settings;
  endpoint.take();
  const visitor = await Visitor.start(settings);
  try {
    const begun = { ...(await visitor.moment()), mainThread: 0 };
    await visitor.open('/documents/1');
    const clicks: Span[] = [];
    for (let number = 1; number <= DOCUMENTS; number++) {
      clicks.push(...(await readDocument(visitor.page)));
      await visitor.leave();
      await Promise.all([visitor.page.waitForEvent('load'), press(visitor.page, 'next')]);
    }
    await delay(AFTER_MS);
    const ended = await visitor.moment();
    const traffic = endpoint.take();
    const main = await visitor.traced(traffic);
    const sum = (spans: readonly Span[]) =>
      spans.reduce((total, span) => total + main.scriptTime(span), 0);
    const click = median(clicks.map((span) => sum(main.dispatches(span, PRESS_EVENTS))));
    const afterClick = sum(clicks) / clicks.length;
    return { visit: partBetween(main, begun, ended), click, afterClick, ...traffic };
  } finally {
    await visitor.stop();
  }
}

/**
 * Scrolls, clicks on two buttons and fills in the form. The third click is on the link to the next document. Returns
 * when the buttons were clicked.
 */
export async function readDocument(page: Page): Promise<Span[]> {
  const clicks: Span[] = [];
  const rest = delay(DOCUMENT_MS);
  await delay(LOOK_MS);
  await page.mouse.move(400, 400);
  for (let scroll = 0; scroll < SCROLLS; scroll++) {
    await page.mouse.wheel(0, 200);
    await delay(SCROLL_EVERY_MS);
  }
  for (const control of ['add', 'keep'] as const) {
    const from = now();
    await press(page, control);
    await delay(CLICK_EVERY_MS);
    clicks.push([from, now()]);
  }
  // Tab moves the focus from the last button to the form.
  await page.keyboard.press('Tab');
  await page.keyboard.type('Camellia', { delay: KEY_EVERY_MS });
  await page.keyboard.press('Tab');
  await page.keyboard.type('Hangzhou', { delay: KEY_EVERY_MS });
  await page.keyboard.press('Enter');
  await rest;
  return clicks;
}

async function press(page: Page, control: keyof typeof places): Promise<void> {
  const { x, y } = places[control];
  await page.mouse.click(x, y, { delay: PRESS_MS });
}
