// The engine in the page: what `exit` guarantees, and pages that cannot load the engine or use storage.

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { build } from 'esbuild';
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

/** Tracks `count` steps during `pagehide`, so that the page never gets the answer to their request. */
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

/** Keys in the page's localStorage. */
const kept = (page: Page) => page.evaluate(() => Object.keys(localStorage));

test('the engine runs where the project says', async ({ page, open }, { project }) => {
  await open('script.html');
  await flush(page);
  const files = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => /engine\.js|core\.wasm/.test(name))
      .map(({ name }) => new URL(name).pathname),
  );
  const isWorker = project.name === 'chromium';
  expect(files).toEqual(isWorker ? [] : ['/dist/engine.js', '/dist/core.wasm']);
});

test.describe('exit "once"', () => {
  test('a batch sent during unload is not sent again by the next page', async ({
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

  test('a batch that the endpoint refuses during unload is lost', async ({
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

  test('a batch sent during unload is kept for the next page if the last request failed', async ({
    page,
    pages,
    open,
    collector,
  }) => {
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

  test('the next page sends an unconfirmed batch again under the same id', async ({
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

  test('a batch that the endpoint refuses during unload is sent by the next page', async ({
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

  test('a batch refused before the engine has loaded is sent by the next page under its own id', async ({
    browserName,
    page,
    pages,
    open,
    collector,
  }) => {
    // On a slow machine the engine could load before the page is gone. Firefox would wait for a request that is held.
    await page.route('**/engine.js*', (route) =>
      browserName === 'chromium' ? undefined : route.abort(),
    );
    await open('script.html', { options });
    await collector.orderFault({ answer: 'ServerBusy' });
    await page.evaluate((next) => {
      for (let n = 0; n < 3; n++) window.tracker.track({ event: 'step', n });
      location.assign(next);
    }, `${pages.origin}/next.html`);
    await page.waitForURL('**/next.html');
    await page.unroute('**/engine.js*');
    await expect.poll(async () => (await collector.batches()).length).toBe(1);
    await open('script.html', { options });
    await flush(page);
    await expectStoredAtLast(collector, 'n', numbers(3));
    const [log] = await collector.logs();
    // The batch keeps the id that the first page gave it.
    expect(log).toMatchObject({ '__tag__:batch_id': `${log?.page_load_id}-0` });
  });
});

test('events too large for a beacon before the engine has loaded are sent by the next page', async ({
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

test.describe('without engine.js', () => {
  test('a page reports engine_failed, and sends its events when it unloads', async ({
    page,
    pages,
    collector,
  }) => {
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
      { kind: 'engine_failed', message: expect.stringContaining('engine.js') },
    ]);
    expect(await collector.batches()).toEqual([]);
    await page.goto(`${pages.origin}/next.html`);
    await expectStored(collector, 'n', numbers(3));
    expect(await collector.batches()).toMatchObject([{ compression: 'none', logs: 3 }]);
  });

  test('a page loads engine.js again when it comes online, and reports the failure once', async ({
    page,
    pages,
    collector,
  }) => {
    pages.serve(
      '/recorder/page.html',
      `<link rel="icon" href="data:,">
       <script src="/recorder/webtrack.iife.js"></script><script src="/harness.js"></script>`,
    );
    const options = JSON.stringify({ host: collector.url, logstore: 'web', ...OPTIONS });
    await page.goto(`${pages.origin}/recorder/page.html?${new URLSearchParams({ options })}`);
    await trackSteps(page, 3);
    await flush(page);
    expect(await kept(page)).toEqual([expect.stringMatching(/^webtrack \S+ 0$/)]);
    await flush(page);
    pages.serve('/recorder/engine.js', readFileSync('dist/engine.js', 'utf8'));
    await page.evaluate(() => dispatchEvent(new Event('online')));
    // The engine has stored the events.
    await expect.poll(() => kept(page)).toEqual([]);
    await flush(page);
    await expectStored(collector, 'n', numbers(3));
    expect(await page.evaluate(() => window.notices)).toEqual([
      { kind: 'engine_failed', message: expect.stringContaining('engine.js') },
    ]);
  });

  test('shutdown() sends the events', async ({ page, pages, collector }) => {
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

  test('a page stores nothing, and sends its events when it unloads', async ({
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

  test('a page stores nothing before its engine has loaded, and sends its events when it unloads', async ({
    page,
    pages,
    open,
    collector,
  }) => {
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

test.describe('in a dedicated worker of the page', () => {
  for (const [what, options] of Object.entries<PageOptions>({
    'a tracker sends all events': {},
    'a tracker that loads core.wasm from coreUrl sends all events': {
      coreUrl: '/elsewhere/core.wasm',
    },
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

test('a tracker of webtrack-wasm/inline in a service worker sends all events', async ({
  page,
  pages,
  collector,
}) => {
  // Built like an application's service worker: Firefox ESR knows none that are modules.
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createTracker } from './dist/webtrack.inline.js';
        onmessage = (event) => event.waitUntil(answer(event));
        async function answer({ data, ports: [port] }) {
          const tracker = createTracker(data);
          for (let n = 0; n < 60; n++) tracker.track({ event: 'step', n });
          await tracker.shutdown();
          port.postMessage({ ...tracker.counts });
        }`,
      resolveDir: '.',
    },
    bundle: true,
    write: false,
    format: 'iife',
  });
  pages.serve('/service_worker.js', outputFiles[0]?.text ?? '');
  await page.goto(`${pages.origin}/next.html`);
  const counts = await page.evaluate(
    async (options) => {
      await navigator.serviceWorker.register('/service_worker.js');
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      active?.postMessage(options, [port2]);
      return new Promise((answer) => {
        port1.onmessage = ({ data }) => answer(data);
      });
    },
    { host: collector.url, logstore: 'web' },
  );
  expect(counts).toMatchObject({ tracked: 60, sent: 60, dropped: 0 });
  await expectStored(collector, 'n', numbers(60));
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
});
