// Events tracked just before unload while the endpoint refuses and IndexedDB is busy: localStorage keeps them.

import type { Page } from '@playwright/test';
import {
  eventually,
  expect,
  expectStoredAtLast,
  flush,
  numbers,
  ONLY_ON_EXIT,
  test,
  trackSteps,
} from './fixtures.ts';

test.use({ collectorFlags: ['--faults'], expectedProblems: /Failed to load resource/ });

declare global {
  interface Window {
    /** The contents of localStorage before the scripts of the page ran. */
    before: Record<string, string>;
    /** The `part` of each batch that was put into IndexedDB. */
    stored: string[];
  }
}

/** Keeps IndexedDB busy until the page unloads. `hides` fakes a hidden page first. */
async function holdDatabase(page: Page, hides = false): Promise<void> {
  await page.evaluate(async (hides) => {
    const db = await new Promise<IDBDatabase>((opened) => {
      const request = indexedDB.open('webtrack');
      request.onsuccess = () => opened(request.result);
    });
    if (hides) {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
    }
    const busy = db.transaction(['batches', 'open'], 'readwrite').objectStore('open');
    const hold = () => {
      busy.count().onsuccess = hold;
    };
    hold();
  }, hides);
}

/** Tracks 1, 2 and 3 and reloads in the same task, while IndexedDB is busy. */
async function trackAndReload(page: Page): Promise<void> {
  const loaded = page.waitForEvent('load');
  await holdDatabase(page);
  await page.evaluate(() => {
    for (let n = 1; n < 4; n++) window.tracker.track({ event: 'step', n });
    location.reload();
  });
  await loaded;
}

test.describe('events of a page whose delivery has stopped', () => {
  test.beforeEach(async ({ page, open, collector }) => {
    await page.addInitScript(() => {
      // about:blank has no localStorage.
      if (location.host) window.before = { ...localStorage };
    });
    await collector.orderFault({ answer: 'LogStoreNotExist' });
    await open('script.html');
    await trackSteps(page, 1);
    await flush(page);
    expect(await page.evaluate(() => window.notices)).toMatchObject([{ kind: 'stopped' }]);
  });

  test('are stored by the next page', async ({ page, collector }) => {
    await trackAndReload(page);
    await flush(page);
    await expectStoredAtLast(collector, 'n', numbers(4));
    await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(0);
  });

  test('are stored once, even if a crash brings back notes of stored batches', async ({
    page,
    collector,
  }) => {
    await trackAndReload(page);
    await flush(page);
    await expectStoredAtLast(collector, 'n', numbers(4));
    await page.evaluate(() => {
      for (const [key, value] of Object.entries(window.before)) localStorage.setItem(key, value);
    });
    await page.reload();
    expect(await page.evaluate(() => Object.keys(window.before).length)).toBeGreaterThan(0);
    await flush(page);
    // `webtrack doubt` may remain until the next answer; it has no digit.
    const notes = () =>
      page.evaluate(() => Object.keys(localStorage).filter((key) => /\d/.test(key)));
    await expect.poll(notes).toEqual([]);
    await trackSteps(page, 1, 4);
    await flush(page);
    await expectStoredAtLast(collector, 'n', numbers(5));
    await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(0);
    expect((await collector.batches()).filter(({ repeated }) => repeated)).toEqual([]);
  });
});

test.describe('a batch that is cut in half', () => {
  // The page misses the last answer, so the next page sends that batch again under its own id.
  test.use({ mayRepeat: true });

  test('during unload is stored by the next page once, from its halves', async ({
    page,
    open,
    collector,
  }) => {
    await page.addInitScript(() => {
      window.stored = [];
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (batch, key) {
        if (this.name === 'batches') window.stored.push(batch.part);
        return put.call(this, batch, key);
      };
    });
    await open('script.html', { options: { ...ONLY_ON_EXIT, worker: false } });
    // On its first batch the outbox reads how full it is.
    await trackSteps(page, 1);
    await flush(page);
    await collector.orderFault({ answer: 'PostBodyTooLarge' });
    await trackSteps(page, 4, 1);
    // The whole batch is already in IndexedDB; its halves have to wait.
    await holdDatabase(page, true);
    await eventually(() => page.evaluate(() => window.stored)).toEqual(['', '', '.0', '.1']);
    const loaded = page.waitForEvent('load');
    await page.evaluate(() => location.reload());
    await loaded;
    await flush(page);
    await expectStoredAtLast(collector, 'n', numbers(5));
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
  });
});
