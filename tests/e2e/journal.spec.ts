// What a page records in its last moment, when the endpoint refuses and IndexedDB has no time left for it.

import type { Page } from '@playwright/test';
import { expect, expectStoredAtLast, numbers, test, trackSteps } from './fixtures.ts';

test.use({ collectorFlags: ['--faults'], expectedProblems: /Failed to load resource/ });

declare global {
  interface Window {
    /** What was in localStorage before the page's own scripts ran. */
    before: Record<string, string>;
  }
}

/** Tracks 1, 2 and 3 and reloads in one task, while IndexedDB is busy with something else. */
async function trackAndReload(page: Page): Promise<void> {
  const loaded = page.waitForEvent('load');
  await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((opened) => {
      const request = indexedDB.open('webtrack');
      request.onsuccess = () => opened(request.result);
    });
    const busy = db.transaction(['batches', 'open'], 'readwrite').objectStore('open');
    const hold = () => {
      busy.count().onsuccess = hold;
    };
    hold();
    for (let n = 1; n < 4; n++) window.tracker.track({ event: 'step', n });
    location.reload();
  });
  await loaded;
}

test.beforeEach(async ({ page, open, collector }) => {
  await page.addInitScript(() => {
    // An empty page has none.
    if (location.host) window.before = { ...localStorage };
  });
  await collector.orderFault({ answer: 'LogStoreNotExist' });
  await open('script.html');
  await trackSteps(page, 1);
  await page.evaluate(() => window.tracker.flush());
  expect(await page.evaluate(() => window.notices)).toMatchObject([{ kind: 'stopped' }]);
});

test('it is stored by the next page', async ({ page, collector }) => {
  await trackAndReload(page);
  await expectStoredAtLast(collector, 'n', numbers(4));
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
});

test('it is stored once, even if the browser crashes and forgets that it was', async ({
  page,
  collector,
}) => {
  await trackAndReload(page);
  await expectStoredAtLast(collector, 'n', numbers(4));
  await page.evaluate(() => {
    for (const [key, value] of Object.entries(window.before)) localStorage.setItem(key, value);
  });
  await page.reload();
  expect(await page.evaluate(() => Object.keys(window.before).length)).toBeGreaterThan(0);
  await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(0);
  await trackSteps(page, 1, 4);
  await page.evaluate(() => window.tracker.flush());
  await expectStoredAtLast(collector, 'n', numbers(5));
  expect((await collector.batches()).filter(({ repeated }) => repeated)).toEqual([]);
});
