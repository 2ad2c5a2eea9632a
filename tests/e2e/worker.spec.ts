// The engine in a shared worker: all pages of the origin share it, and it outlives them.

import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import {
  type Collector,
  eventually,
  expect,
  expectStored,
  expectStoredAtLast,
  flush,
  numbers,
  ONLY_ON_EXIT,
  outboxOf,
  type PageOptions,
  test,
  trackSteps,
} from './fixtures.ts';
import type { PageServer } from './page_server.ts';

/** URLs of the shared workers of the page server's origin. */
async function workersOf(browser: Browser, { origin }: PageServer): Promise<string[]> {
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send('Target.getTargets', {
    filter: [{ type: 'shared_worker' }],
  });
  await session.detach();
  return targetInfos.map(({ url }) => url).filter((url) => url.startsWith(origin));
}

/** Keys of the notes in a page's localStorage. */
const notesOf = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => /^webtrack \S+ \d/.test(key)));

function addressOf(
  { origin }: PageServer,
  { url }: Collector,
  options: PageOptions = {},
  path = 'script.html',
): string {
  const query = new URLSearchParams({
    options: JSON.stringify({ host: url, logstore: 'web', ...options }),
  });
  return `${origin}/${path}?${query}`;
}

/** Opens another tab, with a tracker on it. */
async function openTab(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

test.describe('one engine', { tag: '@worker' }, () => {
  test('serves two tabs and puts their events into one batch', async ({
    page,
    context,
    browser,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options: ONLY_ON_EXIT });
    const other = await openTab(context, addressOf(pages, collector, ONLY_ON_EXIT));
    await Promise.all([flush(page), flush(other)]);
    expect(await workersOf(browser, pages)).toEqual([`${pages.origin}/dist/webtrack.worker.js`]);
    await trackSteps(page, 1);
    await trackSteps(other, 1, 1);
    // The engine has both events and has sent neither.
    await eventually(async () => (await outboxOf(page, 'open'))[0]?.events).toBe(2);
    await flush(page);
    await expectStored(collector, 'n', numbers(2));
    expect(await collector.batches()).toHaveLength(1);
    const loads = (await collector.logs()).map(({ page_load_id }) => page_load_id);
    expect(new Set(loads).size).toBe(2);
    const counts = (tab: Page) => tab.evaluate(() => window.tracker.counts.sent);
    await expect.poll(() => Promise.all([counts(page), counts(other)])).toEqual([1, 1]);
  });

  test('sends the last events of a page and the first events of the next page in one request', async ({
    page,
    open,
    collector,
  }) => {
    await open('script.html', { options: ONLY_ON_EXIT });
    await flush(page);
    await trackSteps(page, 2);
    await open('script.html', { options: ONLY_ON_EXIT, events: [{ event: 'step', n: 2 }] });
    await flush(page);
    await expectStored(collector, 'n', numbers(3));
    expect(await collector.batches()).toMatchObject([{ logs: 3 }]);
    const logs = await collector.logs();
    expect(new Set(logs.map(({ page_load_id, seq }) => `${page_load_id} ${seq}`)).size).toBe(3);
  });

  test('uses the flushInterval of the newest page, and batches events by tags', async ({
    page,
    context,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options: ONLY_ON_EXIT });
    await flush(page);
    await openTab(context, addressOf(pages, collector, { flushInterval: 300 })).then(flush);
    await trackSteps(page, 1);
    await expectStored(collector, 'n', numbers(1));
    const tagged = { ...ONLY_ON_EXIT, tags: { shop: 'north' } };
    const other = await openTab(context, addressOf(pages, collector, tagged));
    await flush(other);
    await trackSteps(page, 1, 1);
    await trackSteps(other, 1, 2);
    await Promise.all([flush(page), flush(other)]);
    await expectStored(collector, 'n', numbers(3));
    const tags = (await collector.logs()).map((log) => [log.n, log['__tag__:shop']]);
    expect(tags.sort()).toEqual([
      ['0', undefined],
      ['1', undefined],
      ['2', 'north'],
    ]);
    const trackers = (await collector.batches()).map(({ batch_id }) => batch_id?.split('-')[0]);
    expect(new Set(trackers).size).toBe(2);
  });

  test('sends the batch a few seconds after the last page was left', async ({
    page,
    open,
    collector,
  }) => {
    await open('script.html', { options: ONLY_ON_EXIT });
    await flush(page);
    await trackSteps(page, 3);
    const left = Date.now();
    await page.goto('about:blank');
    await expectStored(collector, 'n', numbers(3));
    const [batch] = await collector.batches();
    expect(Number(batch?.received_ms) - left).toBeGreaterThan(2_000);
  });

  test('drops events tracked after shutdown() and saves no note of them', async ({
    page,
    open,
    collector,
  }) => {
    await open('script.html', { events: [{ event: 'step', n: 0 }] });
    await page.evaluate(() => window.tracker.shutdown());
    await expectStored(collector, 'n', numbers(1));
    await page.evaluate(() => {
      window.tracker.track({ event: 'late' });
      dispatchEvent(new Event('pagehide'));
      return window.tracker.flush();
    });
    expect(await page.evaluate(() => window.drops)).toEqual([{ reason: 'shut_down', events: 1 }]);
    expect(await notesOf(page)).toEqual([]);
  });
});

const LEAVINGS: Record<string, (page: Page, pages: PageServer) => Promise<unknown>> = {
  'its tab is closed': (page) => page.close(),
  'another page of the origin follows': (page, { origin }) => page.goto(`${origin}/next.html`),
  'a page of another origin follows': (page) => page.goto('about:blank'),
};

test.describe('events tracked while the page unloads', { tag: '@worker' }, () => {
  for (const [exit, leave] of Object.entries(LEAVINGS)) {
    test(`are sent once when ${exit}, and nothing is kept`, async ({
      page,
      context,
      pages,
      open,
      collector,
    }) => {
      const last = await context.newPage(); // closing the last tab would close the browser
      await open('script.html', { options: ONLY_ON_EXIT });
      await page.evaluate(async () => {
        addEventListener('pagehide', () => {
          for (let n = 0; n < 5; n++) window.tracker.track({ event: 'step', n });
        });
        await window.tracker.flush();
      });
      await leave(page, pages);
      await expectStored(collector, 'n', numbers(5));
      await last.goto(addressOf(pages, collector));
      await trackSteps(last, 1, 5);
      await flush(last);
      await expectStored(collector, 'n', numbers(6));
      await expect.poll(() => notesOf(last)).toEqual([]);
      await expect.poll(() => outboxOf(last)).toEqual([]);
      await expect.poll(() => outboxOf(last, 'open')).toEqual([]);
      expect(await collector.batches()).toHaveLength(2);
    });
  }

  test('are all stored once, even 10,000 of them', async ({ page, open, collector }) => {
    await open('script.html', { options: ONLY_ON_EXIT });
    await flush(page);
    await page.evaluate(() => {
      for (let n = 0; n < 10_000; n++) window.tracker.track({ event: 'step', n });
      location.assign('/next.html');
    });
    await page.waitForURL('**/next.html');
    await eventually(async () => (await collector.summary()).logs).toBe(10_000);
    const stored = (await collector.logs()).map(({ n }) => Number(n));
    expect(stored.sort((a, b) => a - b)).toEqual(numbers(10_000).map(Number));
    await expectStored(collector, 'event', Array(10_000).fill('step'));
  });
});

/** Why a page gets no worker. */
const FAILINGS: Record<string, { worker?: (pages: PageServer) => string; csp?: string }> = {
  'is missing': { worker: () => '/missing.worker.js' },
  'is an HTML page': { worker: () => '/next.html' },
  'is forbidden by worker-src': { csp: "worker-src 'none'" },
  'is forbidden by Trusted Types': { csp: "require-trusted-types-for 'script'" },
  'is on another origin': {
    worker: ({ origin }) => `${origin.replace('localhost', '127.0.0.1')}/dist/webtrack.worker.js`,
  },
  'never answers': { worker: () => '/silent.js' },
};

test.describe('without a shared worker', { tag: '@worker' }, () => {
  test.use({
    expectedProblems:
      /Failed to load|Content.Security.Policy|CSP forbids|TrustedScriptURL|MIME|SharedWorker|Failed to fetch/,
  });

  for (const [what, { worker, csp }] of Object.entries(FAILINGS)) {
    test(`no event is lost if the worker ${what}, and one notice reports it`, async ({
      page,
      pages,
      open,
      collector,
    }) => {
      pages.serve('/silent.js', '');
      await open('script.html', {
        options: { ...ONLY_ON_EXIT, ...(worker && { worker: worker(pages) }) },
        ...(csp && { csp }),
        events: [{ event: 'step', n: 0 }],
      });
      await trackSteps(page, 2, 1);
      await flush(page);
      await expectStored(collector, 'n', numbers(3));
      await trackSteps(page, 1, 3);
      await flush(page);
      await expectStored(collector, 'n', numbers(4));
      expect(await page.evaluate(() => window.notices)).toEqual([
        { kind: 'worker_failed', message: expect.stringContaining('shared worker') },
      ]);
    });
  }

  test('no event is lost in a sandboxed frame', async ({ page, pages, collector }) => {
    const address = addressOf(pages, collector, ONLY_ON_EXIT);
    pages.serve(
      '/frame.html',
      `<link rel="icon" href="data:,"><iframe sandbox="allow-scripts" src="${address.replaceAll('"', '&quot;')}"></iframe>`,
    );
    await page.goto(`${pages.origin}/frame.html`);
    const frame = page.frames()[1];
    await frame?.waitForLoadState();
    await frame?.evaluate(() => {
      for (let n = 0; n < 3; n++) window.tracker.track({ event: 'step', n });
      return window.tracker.flush();
    });
    await expectStored(collector, 'n', numbers(3));
    const kinds = await frame?.evaluate(() => window.notices.map(({ kind }) => kind));
    // A sandboxed frame has no storage either.
    expect(kinds?.sort()).toEqual(['memory_only', 'worker_failed']);
  });

  test('no event is lost if the script comes from another origin', async ({
    page,
    pages,
    collector,
  }) => {
    const elsewhere = pages.origin.replace('localhost', '127.0.0.1');
    pages.serve(
      '/cdn.html',
      `<link rel="icon" href="data:,">
       <script src="${elsewhere}/dist/webtrack.iife.js"></script><script src="/harness.js"></script>`,
    );
    await page.goto(addressOf(pages, collector, ONLY_ON_EXIT, 'cdn.html'));
    await trackSteps(page, 60);
    await flush(page);
    await expectStored(collector, 'n', numbers(60));
    expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
    expect(await page.evaluate(() => window.notices)).toMatchObject([{ kind: 'worker_failed' }]);
  });
});

test.describe('a worker that crashes', { tag: '@worker' }, () => {
  /** Kills the process of a page, and with it the worker that the page has started. */
  async function crash(page: Page): Promise<void> {
    const session = await page.context().newCDPSession(page);
    await Promise.race([session.send('Page.crash').catch(() => {}), page.waitForEvent('crash')]);
  }

  test('is replaced by a remaining page, and every event is stored once', async ({
    page,
    context,
    browser,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options: ONLY_ON_EXIT });
    await flush(page); // this page starts the worker
    const other = await openTab(context, addressOf(pages, collector, ONLY_ON_EXIT));
    await flush(other);
    await trackSteps(page, 3);
    await trackSteps(other, 3, 3);
    // The worker has saved these six; the events that follow are only in the page.
    await eventually(async () => (await outboxOf(other, 'open'))[0]?.events).toBe(6);
    await crash(page);
    await eventually(() => workersOf(browser, pages)).toEqual([]);
    await trackSteps(other, 5, 6);
    await eventually(async () => (await workersOf(browser, pages)).length).toBe(1);
    await flush(other);
    await expectStored(collector, 'n', numbers(11));
    expect(await other.evaluate(() => window.notices)).toEqual([{ kind: 'worker_died' }]);
  });

  test('does not make flush() or shutdown() hang', async ({
    page,
    context,
    browser,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options: ONLY_ON_EXIT });
    await flush(page);
    const other = await openTab(context, addressOf(pages, collector, ONLY_ON_EXIT));
    await trackSteps(other, 2);
    await flush(other);
    await crash(page);
    await eventually(() => workersOf(browser, pages)).toEqual([]);
    // Everything is stored, so only this call can find out that the worker is gone.
    await flush(other);
    await trackSteps(other, 1, 2);
    await other.evaluate(() => window.tracker.shutdown());
    await expectStored(collector, 'n', numbers(3));
  });
});

test.describe('two versions of the library', { tag: '@worker' }, () => {
  test.use({ collectorFlags: ['--faults'], expectedProblems: /Failed to load resource/ });

  test('run one worker each, share the outbox, and store every event', async ({
    page,
    context,
    browser,
    pages,
    open,
    collector,
  }) => {
    const script = readFileSync(new URL('../../dist/webtrack.iife.js', import.meta.url), 'utf8');
    const other = script.replaceAll(/webtrack \d+\.\d+\.\d+/g, 'webtrack 99.0.0');
    expect(other).not.toBe(script);
    pages.serve('/other/webtrack.iife.js', other);
    pages.serve(
      '/other.html',
      `<link rel="icon" href="data:,">
       <script src="/other/webtrack.iife.js"></script><script src="/harness.js"></script>`,
    );
    await collector.orderFault({ answer: 'ServerBusy', times: 100 });
    await open('script.html', { options: ONLY_ON_EXIT });
    await trackSteps(page, 2);
    await flush(page);
    const next = await openTab(context, addressOf(pages, collector, ONLY_ON_EXIT, 'other.html'));
    await trackSteps(next, 2, 2);
    await flush(next);
    expect(await workersOf(browser, pages)).toHaveLength(2);
    expect(await collector.logs()).toEqual([]);
    // Both versions use the same outbox.
    await expect.poll(async () => (await outboxOf(page)).length).toBe(2);
    await collector.endFaults();
    await expectStoredAtLast(collector, 'n', numbers(4));
    const stored = (await collector.batches()).filter(({ status }) => status === 200);
    expect(new Set(stored.map(({ batch_id }) => batch_id?.split('-')[0])).size).toBe(2);
    await expect.poll(() => outboxOf(page)).toEqual([]);
  });
});
