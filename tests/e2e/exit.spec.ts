// Events are sent when their page is left or hidden, and not again when it comes back.

import type { Page } from '@playwright/test';
import {
  deliveryLocks,
  eventually,
  expect,
  expectStored,
  expectStoredAtLast,
  flush,
  hide,
  numbers,
  ONLY_ON_EXIT,
  outboxOf,
  test,
  trackSteps,
} from './fixtures.ts';

const STEPS = 50;

const EXITS: Record<string, (page: Page) => Promise<void>> = {
  'a link is followed': (page) => page.getByRole('link').click(),
  'a script goes elsewhere': (page) => page.locator('#assign').click(),
  'the page is reloaded': (page) => page.locator('#reload').click(),
  'a form is sent': (page) => page.getByText('Send a form').click(),
};

for (const [exit, leave] of Object.entries(EXITS)) {
  // The collector has not been asked before, so the preflight has to outlive the page, too.
  test(`events of the last task are sent when ${exit}`, async ({ page, open, collector }) => {
    await open('exit.html', { options: ONLY_ON_EXIT, steps: STEPS });
    await flush(page);
    await leave(page);
    await expectStored(collector, 'n', numbers(STEPS));
    expect(await collector.batches()).toMatchObject([{ compression: 'lz4', logs: STEPS }]);
  });
}

test('events are sent when the tab is closed', async ({ page, open, collector }) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  await trackSteps(page, STEPS);
  await page.close();
  await expectStored(collector, 'n', numbers(STEPS));
});

test('events are sent when a window closes itself @not-webkit', async ({
  page,
  open,
  collector,
}) => {
  await open('exit.html', { options: ONLY_ON_EXIT });
  await page.evaluate(() => {
    const child = window.open(location.href);
    child?.addEventListener('load', () => {
      for (let n = 0; n < 5; n++) child.tracker.track({ event: 'step', n });
      child.close();
    });
  });
  await expectStored(collector, 'n', numbers(5));
});

test.describe('when the browser is closed', () => {
  // The browser may end before the answer comes.
  test.use({ mayRepeat: true });

  test('events are stored, at the latest when the browser is opened again @not-webkit', async ({
    browser,
    launchOptions,
    channel,
    pages,
    collector,
  }, info) => {
    // With 'once' Firefox loses the last events: a page cannot tell whether its tab or the browser closes.
    const isFirefox = browser.browserType().name() === 'firefox';
    const settings = { ...ONLY_ON_EXIT, ...(isFirefox && { exit: 'certain' }) };
    const options = JSON.stringify({ host: collector.url, logstore: 'web', ...settings });
    const start = async () => {
      const context = await browser
        .browserType()
        .launchPersistentContext(info.outputPath('profile'), {
          ...launchOptions,
          ...(channel && { channel }),
        });
      const page = await context.newPage();
      await page.goto(`${pages.origin}/script.html?${new URLSearchParams({ options })}`);
      return { context, page };
    };
    const first = await start();
    await trackSteps(first.page, STEPS);
    // Wait for the copy: a browser that closes quickly fires no unload events.
    const saved = async () =>
      (await outboxOf(first.page, 'open')).reduce((sum, { events }) => sum + events, 0);
    await expect.poll(saved).toBe(STEPS);
    await first.context.close();
    const second = await start();
    await flush(second.page);
    await expectStoredAtLast(collector, 'n', numbers(STEPS));
    await second.context.close();
  });
});

test('events tracked after a flush are sent when the page is left', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  await page.evaluate(async () => {
    window.tracker.track({ event: 'step', n: 0 });
    await window.tracker.flush();
    window.tracker.track({ event: 'step', n: 1 });
  });
  await page.goto(`${pages.origin}/next.html`);
  await expectStored(collector, 'n', ['0', '1']);
});

const LEAVINGS: Record<string, (page: Page) => Promise<void>> = {
  'follows a link': (page) => page.getByRole('link').click(),
  'is closed': (page) => page.close(),
};

for (const [exit, isConnected] of Object.keys(LEAVINGS).flatMap((exit) => [
  [exit, true] as const,
  [exit, false] as const,
])) {
  const when = isConnected ? '' : ' before its engine has loaded';
  test(`events tracked in the page's own unload handlers are sent when it ${exit}${when}`, async ({
    page,
    open,
    collector,
    browserName,
  }) => {
    const trackOnExit = (when: string) => {
      for (const type of ['pagehide', 'visibilitychange']) {
        addEventListener(type, () => window.tracker?.track({ event: `${when} ${type}` }));
      }
    };
    // One handler before the library's handlers, one after them.
    await page.addInitScript(trackOnExit, 'early');
    await open('exit.html', { options: ONLY_ON_EXIT });
    await page.evaluate(trackOnExit, 'late');
    if (isConnected) await flush(page);
    await LEAVINGS[exit]?.(page);
    // Browsers differ in the order of the two events. When a tab is closed, Firefox hides the page first and then does
    // not always send what the page sends in pagehide. Chromium may lose the last of the three beacons of a page
    // without an engine.
    const firefox = exit === 'is closed' && browserName === 'firefox' && /visibilitychange$/;
    const early = exit === 'is closed' && !isConnected && /pagehide$|^early/;
    const certain = firefox || early || /./;
    const expected = [
      'early pagehide',
      'early visibilitychange',
      'late pagehide',
      'late visibilitychange',
    ].filter((event) => certain.test(event));
    await eventually(async () =>
      (await collector.logs())
        .map(({ event }) => String(event))
        .filter((event) => certain.test(event))
        .sort(),
    ).toEqual(expected);
  });
}

test('all events tracked during unload are sent with flushCount: 1', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open('script.html', { options: { flushCount: 1 } });
  await page.evaluate(async () => {
    await window.tracker.flush(); // loads the core
    addEventListener('visibilitychange', () => {
      for (let n = 0; n < 5; n++) window.tracker.track({ event: 'step', n });
    });
  });
  await page.goto(`${pages.origin}/next.html`);
  await expectStored(collector, 'n', numbers(5));
});

test('events are sent uncompressed if the page is left before core.wasm has loaded', async ({
  page,
  pages,
  open,
  collector,
}) => {
  const coreUrl = `${pages.origin}/held/core.wasm`;
  const asked = page.waitForRequest(coreUrl);
  await open('module.html', { options: { ...ONLY_ON_EXIT, coreUrl, worker: false } });
  await trackSteps(page, STEPS);
  await asked;
  await page.goto(`${pages.origin}/next.html`);
  await expectStored(collector, 'n', numbers(STEPS));
  expect(await collector.batches()).toMatchObject([{ compression: 'none', logs: STEPS }]);
});

test('events are sent if the page is left in the task that made the tracker', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open('script.html');
  await page.evaluate(
    ({ host, next }) => {
      const tracker = window.makeTracker({ host, logstore: 'web' });
      for (let n = 0; n < 3; n++) tracker.track({ event: 'step', n });
      location.assign(next);
    },
    { host: collector.url, next: `${pages.origin}/next.html` },
  );
  await expectStored(collector, 'n', numbers(3));
});

test('compression fits 300 events into the 64 KiB keepalive quota of one exit', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  await flush(page);
  await page.evaluate(() => {
    for (let n = 0; n < 300; n++) {
      window.tracker.track({
        event: 'step',
        n,
        page: `/catalogue/tableware/${n % 7}`,
        referrer: 'https://www.example.com/search?q=tea+pots+and+cups&source=newsletter',
        title: 'Leaf & Kiln – Tea and tableware',
        language: 'en-GB',
        screen: '1280x720',
        visitor: '2f1c7a5e-8d34-4c0b-9a61-0f2f7a9be0d1',
        selector: `main > section:nth-child(${n % 5}) > ul > li:nth-child(${n}) > a`,
      });
    }
  });
  await page.goto(`${pages.origin}/next.html`);
  await expectStored(collector, 'n', numbers(300));
  const [batch, ...others] = await collector.batches();
  expect(others).toEqual([]);
  expect(batch?.raw_bytes).toBeGreaterThan(65_536 * 1.5);
  expect(batch?.wire_bytes).toBeLessThan(65_536);
});

test('a hidden page with more than the keepalive quota sends one part at once and the rest later', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: { ...ONLY_ON_EXIT, worker: false } });
  await flush(page);
  await page.evaluate(() => {
    const noise = () => Array.from({ length: 150 }, () => Math.random().toString(36)).join('');
    for (let n = 0; n < 100; n++) window.tracker.track({ event: 'step', n, noise: noise() });
  });
  const show = await hide(page);
  await eventually(async () => (await collector.logs()).length).toBeGreaterThan(0);
  await show();
  await flush(page);
  await expectStored(collector, 'n', numbers(100));
  const batches = await collector.batches();
  expect(batches.length).toBeGreaterThan(1);
  // At least one batch fits the quota; batches may arrive in any order.
  expect(Math.min(...batches.map(({ wire_bytes }) => wire_bytes))).toBeLessThanOrEqual(65_536);
});

test('a page that is hidden and shown again sends nothing twice', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  await flush(page);
  await trackSteps(page, 3);
  const show = await hide(page);
  await expectStored(collector, 'n', numbers(3));
  await show();

  await trackSteps(page, 1, 3);
  const showAgain = await hide(page);
  await expectStored(collector, 'n', numbers(4));
  await showAgain();

  await (await hide(page))();
  await flush(page);
  await expectStored(collector, 'n', numbers(4));
  expect((await collector.batches()).map(({ logs }) => logs)).toEqual([3, 1]);
});

for (const when of ['with its engine loaded', 'before its engine has loaded']) {
  test(`a hidden page sends its events without flush(), ${when}`, async ({
    page,
    open,
    collector,
  }) => {
    await open('script.html', { options: ONLY_ON_EXIT });
    if (when.startsWith('with')) await flush(page);
    await hide(page);
    await trackSteps(page, 3);
    await expectStored(collector, 'n', numbers(3));
  });
}

test('a page restored from the back/forward cache keeps its tracker and sends nothing twice @whole', async ({
  page,
  open,
  collector,
}) => {
  await open('exit.html', { options: ONLY_ON_EXIT, steps: 3 });
  await page.evaluate(() => {
    addEventListener('pageshow', ({ persisted }) => {
      window.tracker.track({ event: 'step', n: persisted ? 'restored' : 'loaded anew' });
      void window.tracker.flush();
    });
    // Wait for delivery: a page that sends holds a Web Lock, and Firefox does not cache a page with a lock.
    return window.tracker.flush();
  });
  await page.getByRole('link').click();
  await page.waitForURL(/next/);
  // page.goBack() would hang: in Firefox it waits for a load event, and a restored page has none.
  await page.evaluate(() => history.back());
  await expectStored(collector, 'n', [...numbers(3), 'restored']);
  const trackers = (await collector.batches()).map(({ batch_id }) => batch_id?.split('-')[0]);
  expect(new Set(trackers).size).toBe(1);
});

// Firefox does not cache a page with a pending request.
test('a page left during a pending request is restored from the back/forward cache @whole @chromium', async ({
  page,
  pages,
  open,
}) => {
  await open('exit.html', { options: { host: `${pages.origin}/held` } });
  await page.evaluate(() => {
    window.tracker.track({ event: 'step' });
    void window.tracker.flush();
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) document.title = 'restored';
    });
  });
  await eventually(() => deliveryLocks(page)).not.toEqual([]);
  await page.getByRole('link').click();
  await page.waitForURL(/next/);
  // In a task of its own, so that evaluate() returns before the document is gone.
  await page.evaluate(() => void setTimeout(() => history.back()));
  const title = () => page.evaluate(() => document.title).catch(() => 'between two documents');
  await eventually(title).toBe('restored');
});

test('events are sent if the page is left while shutdown() waits for the engine @chromium', async ({
  page,
  pages,
  open,
  collector,
}) => {
  // An engine that never comes.
  await page.route('**/engine.js*', () => {});
  await open('script.html', { options: { ...ONLY_ON_EXIT, worker: false } });
  await trackSteps(page, 3);
  await page.evaluate(() => void window.tracker.shutdown());
  await page.goto(`${pages.origin}/next.html`);
  await expectStored(collector, 'n', numbers(3));
});
