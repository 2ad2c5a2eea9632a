// Failures of the endpoint, the network, the page and the storage. Events are still stored once.

import type { Page } from '@playwright/test';
import {
  eventually,
  expect,
  expectStored,
  expectStoredAtLast,
  flush,
  numbers,
  ONLY_ON_EXIT,
  outboxOf,
  test,
  trackMethods,
  trackSteps,
} from './fixtures.ts';

declare global {
  interface Window {
    /** Times of the requests to `/track`, epoch milliseconds. */
    requests: [begin: number, end: number][];
    hear(): void;
  }
}

test.use({
  collectorFlags: ['--faults'],
  // Browsers log every error response.
  expectedProblems: /Failed to load resource|CORS|Cross-Origin|NetworkError/,
});

/** The counters of the tracker. */
const counts = (page: Page) => page.evaluate(() => ({ ...window.tracker.counts }));

for (const [fault, order] of Object.entries({
  'is busy': { answer: 'ServerBusy' },
  'is behind a proxy that answers with an error': { answer: 'Proxy' },
  'sends an error without CORS headers': { answer: 'ServerBusy', cors: false },
})) {
  test(`events are stored once, later, if the endpoint ${fault}`, async ({
    page,
    open,
    collector,
  }) => {
    // Fail until endFaults(): the test does not know how often the page retries.
    await collector.orderFault({ ...order, times: 100 });
    await open('script.html');
    await trackSteps(page, 20);
    await flush(page);
    expect(await collector.logs()).toEqual([]);
    await collector.endFaults();
    await trackSteps(page, 1, 20);
    await expectStoredAtLast(collector, 'n', numbers(21));
    await expect.poll(() => counts(page)).toMatchObject({ tracked: 21, sent: 21, dropped: 0 });
  });
}

test('a missing logstore stops delivery, and the next page delivers when it exists', async ({
  page,
  open,
  collector,
}) => {
  await collector.orderFault({ answer: 'LogStoreNotExist' });
  await open('script.html');
  await trackSteps(page, 2);
  await flush(page);
  expect(await page.evaluate(() => window.notices)).toEqual([
    { kind: 'stopped', status: 404, errorCode: 'LogStoreNotExist' },
  ]);
  await trackSteps(page, 1, 2);
  await flush(page);
  expect(await collector.batches()).toHaveLength(1);
  await open('script.html');
  await flush(page);
  await expectStoredAtLast(collector, 'n', numbers(3));
});

test('the next page stores the events of a page that crashed', async ({
  page,
  context,
  pages,
  open,
  collector,
  browserName,
}) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  await trackSteps(page, 30);
  await expect.poll(async () => (await outboxOf(page, 'open')).length).toBe(1);
  const next = await context.newPage();
  if (browserName === 'chromium') {
    const session = await context.newCDPSession(page);
    await Promise.race([session.send('Page.crash').catch(() => {}), page.waitForEvent('crash')]);
  } else {
    // Playwright cannot crash a page in Firefox, so hide the unload events from the library instead.
    await page.evaluate(() => {
      for (const type of ['pagehide', 'visibilitychange']) {
        addEventListener(type, (event) => event.stopImmediatePropagation(), true);
      }
    });
    await page.goto('about:blank');
  }
  expect(await collector.logs()).toEqual([]);
  const options = JSON.stringify({ host: collector.url, logstore: 'web' });
  await next.goto(`${pages.origin}/script.html?${new URLSearchParams({ options })}`);
  await flush(next);
  await expectStored(collector, 'n', numbers(30));
});

test.describe('a page that is left while offline', () => {
  test.use({ mayRepeat: true });

  test('has its events delivered by the next page', async ({ page, context, open, collector }) => {
    await open('script.html', { options: { flushCount: 5, worker: false } });
    await flush(page);
    await context.setOffline(true);
    await trackSteps(page, 20);
    await flush(page);
    expect(await collector.logs()).toEqual([]);
    await context.setOffline(false);
    await open('script.html', { flush: true });
    await expectStoredAtLast(collector, 'n', numbers(20));
  });
});

test('delivery resumes when the browser comes online', async ({
  page,
  context,
  open,
  collector,
}) => {
  await open('script.html', { options: { flushCount: 5, worker: false } });
  await flush(page);
  await context.setOffline(true);
  await trackSteps(page, 20);
  await flush(page);
  expect(await collector.logs()).toEqual([]);
  await context.setOffline(false);
  await expectStored(collector, 'n', numbers(20));
});

for (const [by, prepare] of [
  ['with Web Locks', () => {}],
  [
    'with a lease in IndexedDB where Web Locks are missing',
    () => Object.defineProperty(navigator, 'locks', { value: undefined }),
  ],
] as const) {
  test(`three tabs never send at the same time and send nothing twice, ${by}`, async ({
    page,
    context,
    pages,
    open,
    collector,
  }) => {
    await context.addInitScript(prepare);
    await context.addInitScript(() => {
      const { fetch } = window;
      window.requests = [];
      window.fetch = async (...request) => {
        const begin = Date.now();
        const response = await fetch(...request);
        if (String(request[0]).includes('/track')) window.requests.push([begin, Date.now()]);
        return response;
      };
    });
    const own = { flushCount: 3, worker: false } as const;
    await open('script.html', { options: own });
    const options = JSON.stringify({ host: collector.url, logstore: 'web', ...own });
    // One after the other: Playwright cannot open two tabs at once in Firefox.
    const others = [await context.newPage(), await context.newPage()];
    for (const other of others) {
      await other.goto(`${pages.origin}/script.html?${new URLSearchParams({ options })}`);
    }
    const tabs = [page, ...others];
    const visit = async (tab: Page, from: number) => {
      for (let n = 0; n < 10; n += 2) {
        await trackSteps(tab, 2, from + n);
        await flush(tab);
      }
    };
    await Promise.all(tabs.map((tab, at) => visit(tab, at * 10)));
    await eventually(async () =>
      (await collector.logs()).map(({ n }) => Number(n)).sort((a, b) => a - b),
    ).toEqual(numbers(30).map(Number));
    expect((await collector.batches()).filter(({ repeated }) => repeated)).toEqual([]);
    const requests = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.requests)));
    const inTime = requests.flat().sort(([a], [b]) => a - b);
    expect(inTime).toHaveLength(15);
    for (const [at, [begin]] of inTime.entries()) {
      expect(begin).toBeGreaterThanOrEqual(inTime[at - 1]?.[1] ?? 0);
    }
  });
}

test('the next page drops events older than outboxAge and reports them as expired', async ({
  page,
  open,
  collector,
}) => {
  const options = { worker: false } as const;
  await collector.orderFault({ answer: 'LogStoreNotExist' });
  await open('script.html', { options });
  await trackSteps(page, 3);
  await flush(page);
  await page.clock.setSystemTime(Date.now() + 8 * 24 * 3_600_000);
  await open('script.html', { options, events: [{ n: 'next' }], flush: true });
  await expectStoredAtLast(collector, 'n', ['next']);
  await expect
    .poll(() => page.evaluate(() => window.drops))
    .toEqual([{ reason: 'expired', events: 3 }]);
});

test('flush() resolves while another tab is in back-off', async ({
  page,
  context,
  pages,
  open,
  collector,
}) => {
  await collector.orderFault({ answer: 'WriteQuotaExceed', times: 100 });
  await open('script.html');
  await trackSteps(page, 1);
  await flush(page);
  const other = await context.newPage();
  const options = JSON.stringify({ host: collector.url, logstore: 'web' });
  await other.goto(`${pages.origin}/script.html?${new URLSearchParams({ options })}`);
  await trackSteps(other, 1, 1);
  await flush(other);
  expect(await collector.logs()).toEqual([]);
  await page.close();
  // End the fault only after one more refusal: a request of the closed tab may still be on its way, and nobody would
  // hear its answer.
  const requests = () => trackMethods(collector).filter((method) => method === 'POST').length;
  const before = requests();
  await eventually(async () => requests()).toBeGreaterThan(before);
  await collector.endFaults();
  await expectStoredAtLast(collector, 'n', numbers(2));
});

test('without storage a memory_only notice is reported, and events are stored', async ({
  page,
  open,
  collector,
}) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'indexedDB', {
      value: {
        open() {
          throw new DOMException('refused', 'SecurityError');
        },
      },
    });
    // A browser that refuses IndexedDB refuses Web Locks too.
    if (!navigator.locks) return;
    navigator.locks.request = () => Promise.reject(new DOMException('refused', 'SecurityError'));
  });
  await open('script.html', { options: { worker: false }, events: [{ n: 0 }], flush: true });
  await expectStored(collector, 'n', ['0']);
  expect(await page.evaluate(() => window.notices)).toEqual([{ kind: 'memory_only' }]);
});

test('seq has a gap for a lost event, and the batch is tagged with the reason', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html');
  await page.evaluate(async () => {
    await window.tracker.flush();
    window.tracker.track({ event: 'a' });
    window.tracker.track({ event: 'b', text: 'x'.repeat(3_000_000) });
    window.tracker.track({ event: 'c' });
    await window.tracker.flush();
  });
  await expectStored(collector, 'event', ['a', 'c']);
  expect((await collector.logs()).map(({ seq }) => seq)).toEqual(['0', '2']);
  expect((await collector.logs())[0]).toMatchObject({ '__tag__:dropped': 'too_large:1' });
});

test('batches are sent with deflate or uncompressed, as the option says', async ({
  page,
  open,
  collector,
}) => {
  for (const [compression, stored] of [
    ['deflate', 'deflate'],
    ['none', 'none'],
  ] as const) {
    await open('script.html', { options: { ...ONLY_ON_EXIT, compression } });
    await trackSteps(page, 30);
    await flush(page);
    expect((await collector.batches()).at(-1)).toMatchObject({ compression: stored, logs: 30 });
  }
});

test('a batch answered before the next document arrives is not sent again', async ({
  page,
  pages,
  open,
  collector,
}) => {
  const options = { flushInterval: 3_600_000, exit: 'certain' } as const;
  await open('script.html', { options });
  // Load the engine: without it the page sends a beacon, which has no answer.
  await flush(page);
  await trackSteps(page, 5);
  const next = new URLSearchParams({
    options: JSON.stringify({ host: collector.url, logstore: 'web', ...options }),
  });
  // Playwright cannot evaluate in a page that navigates, so the page reports by itself.
  let hear = () => {};
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  await page.exposeFunction('hear', () => hear());
  await page.evaluate((address) => {
    setInterval(() => window.tracker.counts.sent === 5 && window.hear(), 10);
    location.assign(address);
  }, `/held/script.html?${next}`);
  await heard;
  pages.release();
  await page.waitForURL('**/held/script.html*');
  await trackSteps(page, 1, 5);
  await flush(page);
  await expectStored(collector, 'n', numbers(6));
  expect(await collector.batches()).toHaveLength(2);
});
