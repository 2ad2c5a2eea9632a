// What a page has recorded arrives when the page goes, and once, when it comes back.

import type { Page } from '@playwright/test';
import {
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
  // The collector was not asked before: what is small goes without a preflight.
  test(`events of the last task arrive when ${exit}`, async ({ page, open, collector }) => {
    await open('exit.html', { options: ONLY_ON_EXIT, steps: STEPS });
    await flush(page);
    await leave(page);
    await expectStored(collector, 'n', numbers(STEPS));
    expect(await collector.batches()).toMatchObject([{ logs: STEPS }]);
  });
}

test('events arrive when the tab is closed', async ({ page, open, collector }) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  await trackSteps(page, STEPS);
  await page.close();
  await expectStored(collector, 'n', numbers(STEPS));
});

test('events arrive when a window closes itself', async ({ page, open, collector }) => {
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

test.describe('the browser', () => {
  // It may end before the answer comes.
  test.use({ mayRepeat: true });

  test('events arrive when it is closed, at the latest when it is opened again', async ({
    browser,
    launchOptions,
    channel,
    pages,
    collector,
  }, info) => {
    // With 'once' Firefox loses what it sends in its last moment: a page cannot tell that from the end of a tab.
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
    // A browser that is closed in haste tells its pages nothing.
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

test('a page that has sent before sends the rest when it goes', async ({
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
  'followed a link': (page) => page.getByRole('link').click(),
  'was closed': (page) => page.close(),
};

for (const [exit, isConnected] of Object.keys(LEAVINGS).flatMap((exit) => [
  [exit, true] as const,
  [exit, false] as const,
])) {
  const when = isConnected ? '' : ' before it had an engine';
  test(`events of a page's own handlers arrive when it ${exit}${when}`, async ({
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
    // Before the library's own handlers and behind them.
    await page.addInitScript(trackOnExit, 'early');
    await open('exit.html', { options: ONLY_ON_EXIT });
    await page.evaluate(trackOnExit, 'late');
    if (isConnected) await flush(page);
    await LEAVINGS[exit]?.(page);
    // Browsers differ in which of the two comes first. When a tab is closed, Firefox hides the page first,
    // and then only mostly sends what the page wants sent while it is being unloaded.
    const certain = exit === 'was closed' && browserName === 'firefox' ? /visibilitychange$/ : /./;
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

test('a batch does not wait behind another when the page goes', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open('script.html', { options: { flushCount: 1 } });
  await page.evaluate(async () => {
    await window.tracker.flush(); // the core is there
    addEventListener('visibilitychange', () => {
      for (let n = 0; n < 5; n++) window.tracker.track({ event: 'step', n });
    });
  });
  await page.goto(`${pages.origin}/next.html`);
  await expectStored(collector, 'n', numbers(5));
});

test('an exit before core.wasm has arrived sends plain', async ({
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

test('an exit in the task that made the tracker sends plain', async ({
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

test('a large exit fits the quota of keepalive requests, as it is compressed', async ({
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

test('of what exceeds the quota the oldest leaves at once, the rest as long as the page lives', async ({
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
  // In the order of arrival, which is not that of sending.
  expect(Math.min(...batches.map(({ wire_bytes }) => wire_bytes))).toBeLessThanOrEqual(65_536);
});

test('a page that was hidden and comes back repeats nothing', async ({ page, open, collector }) => {
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

for (const when of ['with its engine there', 'before it has an engine']) {
  test(`events that a hidden page records leave without being asked for, ${when}`, async ({
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

test('a page restored from the back/forward cache goes on without repeats @whole', async ({
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
    // Firefox keeps no page that holds the lock of the one that sends: on a slow machine its start may still do.
    return window.tracker.flush();
  });
  await page.getByRole('link').click();
  await page.waitForURL(/next/);
  // Not page.goBack(), which in Firefox waits for a load that a restored page does not have.
  await page.evaluate(() => history.back());
  await expectStored(collector, 'n', [...numbers(3), 'restored']);
  const trackers = (await collector.batches()).map(({ batch_id }) => batch_id?.split('-')[0]);
  expect(new Set(trackers).size).toBe(1);
});

// Firefox keeps no page that has a request under way.
test('a page that is left while it waits for an answer is restored from there as well @whole @chromium', async ({
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
  const isSending = () =>
    page.evaluate(async () => ((await navigator.locks.query()).held ?? []).length > 0);
  await eventually(isSending).toBe(true);
  await page.getByRole('link').click();
  await page.waitForURL(/next/);
  // In a task of its own: a document that is gone answers nothing.
  await page.evaluate(() => void setTimeout(() => history.back()));
  const title = () => page.evaluate(() => document.title).catch(() => 'between two documents');
  await eventually(title).toBe('restored');
});
