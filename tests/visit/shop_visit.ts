// Visits the demo shop by mouse and keyboard, and counts what its collector received.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from '@playwright/test';
import { startCollector } from '../collector/collector_process.ts';
import { settings } from '../race/browser.ts';

export const SHOP_VISITS = 10;
/** How long a visitor looks at a page before the first click, and between two clicks. */
const LOOK_MS = 1_500;
/** The worker sends within this time after the last page is left. */
const AFTER_MS = 5_000;
/** Makes the page the host of the engine. */
const WITHOUT_WORKERS = '--disable-blink-features=SharedWorkerExtendedLifetime';

const site = fileURLToPath(new URL('../../build/site', import.meta.url));

export const HOSTS = ['worker', 'page'] as const;
export type Host = (typeof HOSTS)[number];

/** Totals of all visits. */
export interface ShopRow {
  host: Host;
  views: number;
  events: number;
  requests: number;
  /** Requests with a batch that was stored already. */
  repeats: number;
  /** Bytes of all batches as JSON, and as sent. */
  rawBytes: number;
  sentBytes: number;
}

/** Runs the visits one after the other, each in a new browser. */
export async function visitShop(host: Host): Promise<ShopRow> {
  const collector = await startCollector({ args: ['--quiet', '--site', site] });
  try {
    for (let visit = 0; visit < SHOP_VISITS; visit++) {
      const args = [...(settings.args ?? []), ...(host === 'page' ? [WITHOUT_WORKERS] : [])];
      const browser = await chromium.launch({ ...settings, args });
      const page = await browser.newPage();
      await buySomething(page, collector.url);
      await page.goto('about:blank');
      await delay(AFTER_MS);
      await browser.close();
    }
    const batches = await collector.batches({ limit: 1_000 });
    const { events } = await collector.summary();
    const sum = (value: (batch: (typeof batches)[number]) => number) =>
      batches.reduce((total, batch) => total + value(batch), 0);
    return {
      host,
      views: events.find(({ event }) => event === 'page_view')?.count ?? 0,
      events: sum(({ logs }) => logs),
      requests: sum(({ repeated }) => 1 + repeated),
      repeats: sum(({ repeated }) => repeated),
      rawBytes: sum(({ raw_bytes }) => raw_bytes),
      sentBytes: sum(({ wire_bytes }) => wire_bytes),
    };
  } finally {
    await collector.stop();
  }
}

// Five pages: the catalogue, a product, the cart, the checkout, the confirmation.
async function buySomething(page: Page, shop: string): Promise<void> {
  const look = () => delay(LOOK_MS);
  await page.goto(shop);
  await look();
  await page.mouse.wheel(0, 600);
  await look();
  await page.getByRole('link', { name: 'Spring Sencha' }).click();
  await page.waitForURL(/product/);
  await look();
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await look();
  await page.getByRole('banner').getByRole('link', { name: 'Cart' }).click();
  await page.waitForURL(/cart/);
  await look();
  await page.getByRole('button', { name: 'Go to checkout' }).click();
  await page.waitForURL(/checkout/);
  await look();
  await page.getByLabel('Name on the parcel').click();
  for (const text of ['A visitor', '1 Main Street', '12345', 'Town']) {
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  await look();
  await page.getByRole('button', { name: 'Place order' }).click();
  await page.waitForURL(/thanks/);
  await look();
}
