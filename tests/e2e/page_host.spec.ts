// The engine in the page: what an exit promises, and what a page has that cannot load an engine.

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import {
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

const OPTIONS = { ...ONLY_ON_EXIT, worker: false } as const satisfies PageOptions;

test.use({ collectorFlags: ['--faults'], expectedProblems: /Failed to load resource/ });

/** Tracks so many steps in the page's last moment: no answer to these is heard. */
function trackAtTheEnd(page: Page, count: number, from = 0): Promise<void> {
  return page.evaluate(
    ([from, to]) => {
      addEventListener('pagehide', () => {
        for (let n = from; n < to; n++) window.tracker.track({ event: 'step', n });
      });
    },
    [from, from + count] as const,
  );
}

/** Keys of the library in a page's localStorage. */
const kept = (page: Page) => page.evaluate(() => Object.keys(localStorage));

test.describe('exit "once"', () => {
  test('takes what has left for delivered, and repeats nothing', async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options: OPTIONS });
    await trackSteps(page, 1);
    await flush(page);
    await trackAtTheEnd(page, 3, 1);
    await page.goto(`${pages.origin}/next.html`);
    await expectStored(collector, 'n', numbers(4));
    await open('script.html', { options: OPTIONS });
    await trackSteps(page, 1, 4);
    await flush(page);
    await expectStored(collector, 'n', numbers(5));
    expect(await collector.batches()).toHaveLength(3);
    await expect.poll(() => kept(page)).toEqual([]);
    await expect.poll(() => outboxOf(page)).toEqual([]);
  });

  test('loses what the endpoint refuses at that moment', async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options: OPTIONS });
    await flush(page);
    await collector.orderFault({ answer: 'ServerBusy' });
    await trackAtTheEnd(page, 3);
    await page.goto(`${pages.origin}/next.html`);
    await expect.poll(async () => (await collector.batches()).length).toBe(1);
    await open('script.html', { options: OPTIONS });
    await trackSteps(page, 1, 3);
    await flush(page);
    await expectStoredAtLast(collector, 'n', ['3']);
  });

  test('keeps it when the last answer was a failure', async ({ page, pages, open, collector }) => {
    await collector.orderFault({ answer: 'ServerBusy', times: 100 });
    await open('script.html', { options: OPTIONS });
    await trackSteps(page, 1);
    await flush(page);
    expect(await kept(page)).toEqual(['webtrack doubt']);
    await trackAtTheEnd(page, 3, 1);
    await page.goto(`${pages.origin}/next.html`);
    await collector.endFaults();
    await open('script.html', { options: OPTIONS });
    await flush(page);
    await expectStoredAtLast(collector, 'n', numbers(4));
    await expect.poll(() => kept(page)).toEqual([]);
  });
});

test.describe('exit "certain"', () => {
  test.use({ mayRepeat: true });
  const options = { ...OPTIONS, exit: 'certain' } as const;

  test('repeats under the same id what nobody has heard of', async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options });
    await flush(page);
    await trackAtTheEnd(page, 3);
    await page.goto(`${pages.origin}/next.html`);
    await expectStored(collector, 'n', numbers(3));
    await open('script.html', { options });
    await flush(page);
    await expect.poll(async () => (await collector.batches()).length).toBe(2);
    const [first, second] = await collector.batches();
    expect(second).toMatchObject({ batch_id: first?.batch_id, repeated: 1 });
  });

  test('loses nothing of what the endpoint refuses at that moment', async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options });
    await flush(page);
    await collector.orderFault({ answer: 'ServerBusy' });
    await trackAtTheEnd(page, 3);
    await page.goto(`${pages.origin}/next.html`);
    await expect.poll(async () => (await collector.batches()).length).toBe(1);
    await open('script.html', { options });
    await flush(page);
    await expectStoredAtLast(collector, 'n', numbers(3));
  });

  test('does the same before there is an engine', async ({ page, pages, open, collector }) => {
    await open('script.html', { options });
    await collector.orderFault({ answer: 'ServerBusy' });
    await page.evaluate((next) => {
      for (let n = 0; n < 3; n++) window.tracker.track({ event: 'step', n });
      location.assign(next);
    }, `${pages.origin}/next.html`);
    await page.waitForURL('**/next.html');
    await expect.poll(async () => (await collector.batches()).length).toBe(1);
    await open('script.html', { options });
    await flush(page);
    await expectStoredAtLast(collector, 'n', numbers(3));
    const [log] = await collector.logs();
    // Under its own id, not one that the next page has made.
    expect(log).toMatchObject({ '__tag__:batch_id': `${log?.page_load_id}-0` });
  });
});

test('what no beacon takes before there is an engine arrives with the next page', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open('script.html', { options: OPTIONS });
  await page.evaluate((next) => {
    const text = 'x'.repeat(500);
    for (let n = 0; n < 150; n++) window.tracker.track({ event: 'step', n, text });
    location.assign(next);
  }, `${pages.origin}/next.html`);
  await page.waitForURL('**/next.html');
  await open('script.html', { options: OPTIONS });
  await flush(page);
  await expectStored(collector, 'n', numbers(150));
  await expect.poll(() => kept(page)).toEqual([]);
});

test.describe('without its second file', () => {
  test('a page says so, and sends its events as it goes', async ({ page, pages, collector }) => {
    pages.serve(
      '/recorder/page.html',
      `<link rel="icon" href="data:,">
       <script src="/recorder/webtrack.iife.js"></script><script src="/harness.js"></script>`,
    );
    const options = JSON.stringify({ host: collector.url, logstore: 'web', ...OPTIONS });
    await page.goto(`${pages.origin}/recorder/page.html?${new URLSearchParams({ options })}`);
    await trackSteps(page, 3);
    await flush(page);
    expect(await page.evaluate(() => window.notices)).toEqual([
      { kind: 'engine_failed', message: expect.stringContaining('second file') },
    ]);
    expect(await collector.batches()).toEqual([]);
    await page.goto(`${pages.origin}/next.html`);
    await expectStored(collector, 'n', numbers(3));
    expect(await collector.batches()).toMatchObject([{ compression: 'none', logs: 3 }]);
  });

  test('a page asks for it again, and says so once', async ({ page, pages, collector }) => {
    pages.serve(
      '/recorder/page.html',
      `<link rel="icon" href="data:,">
       <script src="/recorder/webtrack.iife.js"></script><script src="/harness.js"></script>`,
    );
    const options = JSON.stringify({ host: collector.url, logstore: 'web', ...OPTIONS });
    await page.goto(`${pages.origin}/recorder/page.html?${new URLSearchParams({ options })}`);
    await trackSteps(page, 3);
    await flush(page);
    await flush(page);
    pages.serve('/recorder/engine.js', readFileSync('dist/engine.js', 'utf8'));
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await expectStored(collector, 'n', numbers(3));
    expect(await page.evaluate(() => window.notices)).toEqual([
      { kind: 'engine_failed', message: expect.stringContaining('second file') },
    ]);
  });

  test('shutdown() sends them', async ({ page, pages, collector }) => {
    pages.serve(
      '/recorder/page.html',
      `<link rel="icon" href="data:,">
       <script src="/recorder/webtrack.iife.js"></script><script src="/harness.js"></script>`,
    );
    const options = JSON.stringify({ host: collector.url, logstore: 'web', ...OPTIONS });
    await page.goto(`${pages.origin}/recorder/page.html?${new URLSearchParams({ options })}`);
    await trackSteps(page, 3);
    await page.evaluate(() => window.tracker.shutdown());
    await expectStored(collector, 'n', numbers(3));
  });
});

test.describe('without storage', () => {
  const options = { ...OPTIONS, storage: false };

  test('a page keeps nothing, and sends what it has as it goes', async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options });
    await flush(page);
    await trackAtTheEnd(page, 3);
    await page.goto(`${pages.origin}/next.html`);
    await expectStored(collector, 'n', numbers(3));
    expect(await kept(page)).toEqual([]);
    expect(await page.evaluate(() => indexedDB.databases())).toEqual([]);
  });

  test('nor before it has an engine', async ({ page, pages, open, collector }) => {
    await open('script.html', { options: { ...options, exit: 'certain' } });
    await page.evaluate((next) => {
      for (let n = 0; n < 3; n++) window.tracker.track({ event: 'step', n });
      location.assign(next);
    }, `${pages.origin}/next.html`);
    await page.waitForURL('**/next.html');
    await expectStored(collector, 'n', numbers(3));
    expect(await kept(page)).toEqual([]);
  });
});

test.describe('in a worker of the page', () => {
  for (const [what, options] of Object.entries<PageOptions>({
    'a tracker sends': {},
    'a tracker sends, with its core from elsewhere': { coreUrl: '/elsewhere/core.wasm' },
  })) {
    test(what, async ({ page, pages, collector }) => {
      pages.serve(
        '/own_worker.js',
        `import { createTracker } from '/dist/webtrack.js';
         onmessage = async ({ data }) => {
           const tracker = createTracker(data);
           for (let n = 0; n < 60; n++) tracker.track({ event: 'step', n });
           await tracker.flush();
           await tracker.shutdown();
           postMessage({ ...tracker.counts });
         };`,
      );
      await page.goto(`${pages.origin}/next.html`);
      const counts = await page.evaluate(
        (options) => {
          const worker = new Worker('/own_worker.js', { type: 'module' });
          worker.postMessage(options);
          return new Promise((answer) =>
            worker.addEventListener('message', ({ data }) => answer(data)),
          );
        },
        { host: collector.url, logstore: 'web', ...options },
      );
      expect(counts).toMatchObject({ tracked: 60, sent: 60, dropped: 0 });
      await expectStored(collector, 'n', numbers(60));
      expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
    });
  }
});
