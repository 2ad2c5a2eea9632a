// What an endpoint or a browser does to a batch, and that its events are stored all the same, once.

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
  trackSteps,
} from './fixtures.ts';

declare global {
  interface Window {
    /** Of the track call, epoch milliseconds. */
    requests: [begin: number, end: number][];
    hear(): void;
  }
}

test.use({
  collectorFlags: ['--faults'],
  // What the browser itself writes about an answer that is an error.
  expectedProblems: /Failed to load resource|CORS|Cross-Origin|NetworkError/,
});

/** Events of which nothing is lost, as the tracker counts. */
const counts = (page: Page) => page.evaluate(() => ({ ...window.tracker.counts }));

for (const [fault, order] of Object.entries({
  'is busy': { answer: 'ServerBusy' },
  'answers by a proxy': { answer: 'Proxy' },
  'hides its error from CORS': { answer: 'ServerBusy', cors: false },
})) {
  test(`events are stored once, and late, by an endpoint that ${fault}`, async ({
    page,
    open,
    collector,
  }) => {
    // Until the test says otherwise: how soon the page tries again is its own affair.
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

test('a logstore that is not there stops delivery; the next page delivers once it is', async ({
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

test('of a page that is killed all but the last second is stored by the next', async ({
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
    // Firefox cannot be told to crash a page: this one is only kept from saying good-bye.
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

test.describe('a page that leaves while it sends', () => {
  test.use({ mayRepeat: true });

  test('what a page could not deliver is delivered by the next', async ({
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
    await open('script.html', { flush: true });
    await expectStoredAtLast(collector, 'n', numbers(20));
  });
});

test('coming online resumes at once', async ({ page, context, open, collector }) => {
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
  ['by Web Locks', () => {}],
  [
    'by a lease in the store where there are no Web Locks',
    () => Object.defineProperty(navigator, 'locks', { value: undefined }),
  ],
] as const) {
  test(`several tabs send one after the other, and nothing twice, ${by}`, async ({
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
    // One by one: Firefox's driver does not make two tabs at a time.
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

test('what has waited for longer than outboxAge is dropped by the next page, and told', async ({
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

test('flush() does not wait for another tab that waits', async ({
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
  await collector.endFaults();
  await expectStoredAtLast(collector, 'n', numbers(2));
});

test('where storage is refused it is said, and events arrive', async ({
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
    // A browser that refuses the one refuses the other.
    if (!navigator.locks) return;
    navigator.locks.request = () => Promise.reject(new DOMException('refused', 'SecurityError'));
  });
  await open('script.html', { options: { worker: false }, events: [{ n: 0 }], flush: true });
  await expectStored(collector, 'n', ['0']);
  expect(await page.evaluate(() => window.notices)).toEqual([{ kind: 'memory_only' }]);
});

test('every event is numbered, and what was lost is told with the next batch', async ({
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

test('compression by deflate, and none at all', async ({ page, open, collector }) => {
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

test('an answer that comes before the next document spares a repeat', async ({
  page,
  pages,
  open,
  collector,
}) => {
  const options = { flushInterval: 3_600_000, exit: 'certain' } as const;
  await open('script.html', { options });
  // Without an engine it would be a beacon, to which no answer is heard.
  await flush(page);
  await trackSteps(page, 5);
  const next = new URLSearchParams({
    options: JSON.stringify({ host: collector.url, logstore: 'web', ...options }),
  });
  // Of a page that is leaving a driver hears what it says by itself.
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
