// Promises of the browser that never settle, clocks that jump, records that are damaged, and answers that are not the
// endpoint's. Nothing may hang, and no event may be lost or end the outbox of the origin.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { eventually, expect, expectStored, flush, test } from './fixtures.ts';
import type { PageServer } from './page_server.ts';

const REFUSALS: Record<string, () => void> = {
  'indexedDB.open never answers': () => {
    IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest;
  },
  'transactions throw': () => {
    IDBDatabase.prototype.transaction = () => {
      throw new DOMException('The database connection is closing.', 'InvalidStateError');
    };
  },
};

for (const [name, init] of Object.entries(REFUSALS)) {
  test(`${name}: events are sent from memory, and flush() resolves`, async ({
    page,
    open,
    collector,
  }) => {
    await page.addInitScript(init);
    // The worker has a database of its own.
    await open('script.html', { options: { worker: false } });
    await page.evaluate(() => window.tracker.track({ event: 'own' }));
    await flush(page);
    await expectStored(collector, 'event', ['own']);
    expect(await page.evaluate(() => window.notices.map(({ kind }) => kind))).toEqual([
      'memory_only',
    ]);
  });
}

test('a script that keeps the lock holds up no events', async ({ page, open, collector }) => {
  await page.addInitScript((name) => {
    void navigator.locks?.request(name, () => new Promise(() => {}));
  }, `webtrack ${collector.url}/logstores/web/track`);
  await open('script.html', { options: { worker: false } });
  await page.evaluate(() => window.tracker.track({ event: 'own' }));
  await flush(page);
  await expectStored(collector, 'event', ['own']);
});

test('a page whose load never ends delivers, and flush() resolves', async ({
  page,
  pages,
  collector,
}) => {
  pages.serve(
    '/loading.html',
    `<!doctype html><html lang="en"><head><title>Loading</title><link rel="icon" href="data:,">
    <script src="/dist/webtrack.iife.js"></script><script>window.tracker = webtrack.createTracker({
      host: '${collector.url}', logstore: 'web', worker: false });
      tracker.track({ event: 'own' });</script></head><body><img alt="" src="/held/image.svg"></body></html>`,
  );
  await page.goto(`${pages.origin}/loading.html`, { waitUntil: 'commit' });
  await page.waitForFunction(() => 'tracker' in window);
  await flush(page);
  await expectStored(collector, 'event', ['own']);
  pages.release();
});

/** Moves the page's clock by this many milliseconds, also that of its engine. */
const moveClock = (page: Page) =>
  page.addInitScript(() => {
    const { now } = Date;
    Object.assign(window, { shift: 0 });
    Date.now = () => now.call(Date) + (window as unknown as { shift: number }).shift;
  });

test.use({ collectorFlags: ['--faults'], expectedProblems: /503/ });

for (const [direction, milliseconds] of [
  ['back', -400 * 24 * 3_600_000],
  ['forward', 400 * 24 * 3_600_000],
] as const) {
  test(`a clock that is put ${direction} by a year while a batch waits delays and drops nothing`, async ({
    page,
    open,
    collector,
  }) => {
    await moveClock(page);
    await open('script.html', { options: { worker: false } });
    await collector.orderFault({ answer: 'ServerBusy', times: 1 });
    await page.evaluate(() => window.tracker.track({ event: 'first' }));
    await flush(page);
    await page.evaluate((shift) => Object.assign(window, { shift }), milliseconds);
    await eventually(async () => (await collector.logs()).map(({ event }) => event)).toEqual([
      'first',
    ]);
    await page.evaluate(() => window.tracker.track({ event: 'second' }));
    await flush(page);
    expect(await page.evaluate(() => window.drops)).toEqual([]);
    expect((await collector.logs()).map(({ event }) => event)).toEqual(['first', 'second']);
  });
}

test.describe('without Web Locks', () => {
  test('a lease of a page whose clock was a day ahead does not stop the next one', async ({
    page,
    open,
    collector,
  }) => {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'locks', { value: undefined });
      if (location.hash === '#ahead') {
        const { now } = Date;
        Date.now = () => now.call(Date) + 24 * 3_600_000;
      }
    });
    await open('script.html', { options: { worker: false } });
    await page.evaluate(() => {
      location.hash = '#ahead';
    });
    await page.reload();
    await page.evaluate(() => window.tracker.track({ event: 'ahead' }));
    await flush(page);
    // No `shutdown()`: the lease stays.
    await open('script.html', { options: { worker: false } });
    await page.evaluate(() => window.tracker.track({ event: 'own' }));
    await flush(page);
    await eventually(async () => (await collector.logs()).map(({ event }) => event).sort()).toEqual(
      ['ahead', 'own'],
    );
  });
});

test('a damaged record in the database or in localStorage costs itself alone', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: { worker: false } });
  await page.evaluate(() => window.tracker.track({ event: 'first' }));
  await flush(page);
  await page.evaluate(async (url) => {
    const db = await new Promise<IDBDatabase>((done) => {
      const request = indexedDB.open('webtrack');
      request.onsuccess = () => done(request.result);
    });
    const transaction = db.transaction(['batches', 'open', 'leases'], 'readwrite');
    const damaged = [null, 7, 'text', {}, { owned: true }, { tracker: 'x', body: 1, owned: true }];
    damaged.forEach((record, n) => {
      transaction.objectStore('batches').put(record, [url, 1, n, 'x', n, '']);
      transaction.objectStore('open').put(record, ['x', 'normal', n]);
    });
    transaction.objectStore('leases').put(null, url);
    await new Promise((done) => transaction.addEventListener('complete', done));
    db.close();
    localStorage.setItem('webtrack x 1', '{"logs":7');
    localStorage.setItem('webtrack x 2', '{"tracker":"x","number":2,"url":7,"body":"a"}');
    localStorage.setItem('webtrack identity', '/'.repeat(30_000));
  }, `${collector.url}/logstores/web/track`);
  await open('script.html', { options: { worker: false, capture: { identity: {} } } });
  await page.evaluate(() => window.tracker.track({ event: 'second' }));
  await flush(page);
  await expectStored(collector, 'event', ['first', 'second']);
  expect((await collector.logs())[1]?.visitor_id).toMatch(/^[0-9a-z]{6,14}$/);
  expect(await page.evaluate(() => window.notices)).toEqual([]);
  await eventually(() =>
    page.evaluate(() => Object.keys(localStorage).filter((key) => /^webtrack x /.test(key))),
  ).toEqual([]);
});

test('a record whose file is lost costs only itself @chromium', async ({
  browser,
  launchOptions,
  pages,
  collector,
}, info) => {
  const profile = info.outputPath('profile');
  const options = JSON.stringify({ host: collector.url, logstore: 'web', worker: false });
  const open = async () => {
    const context = await browser.browserType().launchPersistentContext(profile, launchOptions);
    const page = await context.newPage();
    await page.goto(`${pages.origin}/script.html?${new URLSearchParams({ options })}`);
    await page.evaluate(() => window.tracker.track({ event: 'own' }));
    await flush(page);
    return { context, page };
  };
  const first = await open();
  await first.page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((done) => {
      const request = indexedDB.open('webtrack');
      request.onsuccess = () => done(request.result);
    });
    const transaction = db.transaction('batches', 'readwrite', { durability: 'strict' });
    // Chromium writes values of this size to a file.
    const body = crypto.getRandomValues(new Uint8Array(60_000));
    transaction.objectStore('batches').put([body, body.slice(), body.slice()], ['large']);
    await new Promise((done) => transaction.addEventListener('complete', done));
  });
  await first.context.close();
  const all = await readdir(profile, { recursive: true, withFileTypes: true });
  const files = all.filter((one) => one.isFile() && /\.indexeddb\.blob/.test(one.parentPath));
  expect(files).not.toEqual([]);
  for (const { parentPath, name } of files) await rm(join(parentPath, name));

  const second = await open();
  await eventually(() =>
    second.page.evaluate(() => window.notices.map(({ kind }) => kind)),
  ).toEqual(['memory_only']);
  const keys = () =>
    second.page.evaluate(
      () =>
        new Promise((done) => {
          indexedDB.open('webtrack').onsuccess = ({ target }) => {
            const db = (target as IDBOpenDBRequest).result;
            const request = db.transaction('batches').objectStore('batches').getAllKeys();
            request.onsuccess = () => {
              db.close();
              done(request.result);
            };
          };
        }),
    );
  await eventually(keys).toEqual([]);
  await second.context.close();
  const third = await open();
  expect(await third.page.evaluate(() => window.notices)).toEqual([]);
  await third.context.close();
  await expectStored(collector, 'event', ['own', 'own', 'own']);
});

const ANSWERS: Record<string, string> = {
  'the page for visitors who are offline': `new Response('<p>You are offline.</p>', { headers: { 'content-type': 'text/html' } })`,
  'a login page': `new Response('<form></form>', { status: 202 })`,
  nothing: 'new Response()',
};

/** Makes a service worker control the page, with this answer to all requests to the endpoint. */
async function control(page: Page, pages: PageServer, answer: string): Promise<void> {
  pages.serve(
    '/worker.js',
    `self.addEventListener('install', () => self.skipWaiting());
    self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
    self.addEventListener('fetch', (event) => {
      if (/logstores/.test(event.request.url)) event.respondWith(${answer});
    });`,
  );
  const isControlled = await page.evaluate(async () => {
    await navigator.serviceWorker.register('/worker.js');
    await navigator.serviceWorker.ready;
    await new Promise<void>((done) => {
      if (navigator.serviceWorker.controller) done();
      else navigator.serviceWorker.addEventListener('controllerchange', () => done());
    });
    return navigator.serviceWorker.controller !== null;
  });
  expect(isControlled).toBe(true);
}

for (const [name, answer] of Object.entries(ANSWERS)) {
  test(`a service worker that answers with ${name} does not make a batch disappear`, async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options: { worker: false, logstore: 'web' } });
    await control(page, pages, answer);
    await page.evaluate(() => window.tracker.track({ event: 'own' }));
    await flush(page);
    const asked = await collector.logs();
    // Firefox sends requests that outlive their page past the service worker.
    if (asked.length === 0) expect(await page.evaluate(() => window.tracker.counts.sent)).toBe(0);
    await page.evaluate(async () => {
      for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
    });
    await open('script.html', { options: { worker: false } });
    await flush(page);
    await eventually(async () => (await collector.logs()).map(({ event }) => event)).toEqual([
      'own',
    ]);
  });
}

test("a service worker's copy of the endpoint's answer counts", async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open('script.html', { options: { worker: false } });
  // As services do that add headers to every answer.
  const copy = `fetch(event.request).then(({ body, status, headers }) =>
    new Response(body, { status, headers: new Headers(headers) }))`;
  await control(page, pages, copy);
  await page.evaluate(() => window.tracker.track({ event: 'own' }));
  await flush(page);
  await expectStored(collector, 'event', ['own']);
  expect(await page.evaluate(() => window.tracker.counts)).toMatchObject({ sent: 1 });
});
