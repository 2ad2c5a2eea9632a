// When a batch is sealed, and what flush() and shutdown() do.

import type { Page } from '@playwright/test';
import {
  eventually,
  expect,
  expectStored,
  numbers,
  ONLY_ON_EXIT,
  test,
  trackMethods,
  trackSteps,
} from './fixtures.ts';

declare global {
  interface Window {
    /** Listeners and timers added since `watchLiving` and not yet removed. */
    living: Map<unknown, string>;
  }
}

/** How many events the page knows to be stored. */
const sent = (page: Page) => page.evaluate(() => window.tracker.counts.sent);

test('a batch is sealed when it has flushCount events', async ({ page, open, collector }) => {
  await open('script.html', { options: { ...ONLY_ON_EXIT, flushCount: 4 } });
  for (const from of [0, 4]) {
    await trackSteps(page, 4, from);
    await expect.poll(() => sent(page)).toBe(from + 4);
  }
  await trackSteps(page, 3, 8);
  await page.evaluate(() => window.tracker.flush());
  await expectStored(collector, 'n', numbers(11));
  expect((await collector.batches()).map(({ logs }) => logs)).toEqual([4, 4, 3]);
});

test('a batch is sealed when it has flushBytes bytes', async ({ page, open, collector }) => {
  await open('script.html', { options: { ...ONLY_ON_EXIT, flushBytes: 1000, seqField: false } });
  for (const from of [0, 3, 6]) {
    await page.evaluate((from) => {
      for (let n = from; n < from + 3; n++) {
        window.tracker.track({ event: 'step', n, text: 'x'.repeat(400) });
      }
    }, from);
    await expect.poll(() => sent(page)).toBe(from + 3);
  }
  await expectStored(collector, 'n', numbers(9));
  const batches = await collector.batches();
  expect(batches.map(({ logs }) => logs)).toEqual([3, 3, 3]);
  for (const { raw_bytes } of batches) {
    expect(raw_bytes).toBeGreaterThan(1000);
    expect(raw_bytes).toBeLessThan(2000);
  }
});

for (const flushInterval of [0, 200]) {
  test(`flushInterval: ${flushInterval} sends a batch without flush()`, async ({
    page,
    open,
    collector,
  }) => {
    await open('script.html', { options: { flushInterval } });
    await page.evaluate(() => window.tracker.flush()); // loads the core
    await trackSteps(page, 5);
    await expectStored(collector, 'n', numbers(5));
    await trackSteps(page, 2);
    await expectStored(collector, 'n', [...numbers(5), ...numbers(2)]);
    expect((await collector.batches()).map(({ logs }) => logs)).toEqual([5, 2]);
  });
}

test('flush() resolves when all events are stored and counted', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: { ...ONLY_ON_EXIT, flushCount: 10 } });
  const counts = await page.evaluate(async () => {
    for (let n = 0; n < 95; n++) window.tracker.track({ event: 'step', n });
    await window.tracker.flush();
    return { ...window.tracker.counts };
  });
  const [logs, batches] = [await collector.logs(), await collector.batches()];
  expect(logs).toHaveLength(95);
  expect(counts).toEqual({
    tracked: 95,
    sent: 95,
    dropped: 0,
    rawBytes: batches.reduce((sum, { raw_bytes }) => sum + raw_bytes, 0),
    wireBytes: batches.reduce((sum, { wire_bytes }) => sum + wire_bytes, 0),
  });
});

test('flush() without events sends no request', async ({ page, open, collector }) => {
  await open('script.html');
  await page.evaluate(async () => {
    await window.tracker.flush();
    await window.tracker.flush();
    window.tracker.track({ event: 'only' });
    await Promise.all([window.tracker.flush(), window.tracker.flush()]);
  });
  await expectStored(collector, 'event', ['only']);
  expect(await collector.batches()).toHaveLength(1);
});

test('9,000 events in one task are stored in order, in batches of at most 4,096', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  // Load the core first: only a limited number of events may wait for it.
  await page.evaluate(() => window.tracker.flush());
  await trackSteps(page, 9000);
  await page.evaluate(() => window.tracker.flush());
  await expectStored(collector, 'n', numbers(9000));
  expect((await collector.batches()).map(({ logs }) => logs)).toEqual([4096, 4096, 808]);
});

test('shutdown() sends the open batch and drops later events as shut_down', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  const drops = await page.evaluate(async () => {
    window.tracker.track({ event: 'before' });
    const down = window.tracker.shutdown();
    window.tracker.track({ event: 'during' });
    await down;
    window.tracker.track({ event: 'after' });
    await window.tracker.flush();
    await window.tracker.shutdown();
    return window.drops;
  });
  await expectStored(collector, 'event', ['before']);
  expect(drops).toEqual([
    { reason: 'shut_down', events: 1 },
    { reason: 'shut_down', events: 1 },
  ]);
});

test('the browser sends a preflight only before the first batches', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: ONLY_ON_EXIT });
  for (let n = 0; n < 8; n++) {
    await page.evaluate((n) => {
      window.tracker.track({ event: 'step', n, text: 'large enough to compress '.repeat(50) });
      return window.tracker.flush();
    }, n);
  }
  await expectStored(collector, 'n', numbers(8));
  const methods = trackMethods(collector);
  // Firefox sends a few preflights before it caches the answer, so check only the last requests.
  expect(methods.slice(-3)).toEqual(['POST', 'POST', 'POST']);
});

/** Runs before the page's scripts, and fills `living`, which can be emptied after the first tracker. */
function watchLiving() {
  const living = new Map<unknown, string>();
  window.living = living;
  const wrap = (owner: object, name: string, note: (self: unknown, args: unknown[]) => void) => {
    const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
    Reflect.set(owner, name, function (this: unknown, ...args: unknown[]) {
      const result = Reflect.apply(original, this, args);
      note(this ?? window, args);
      return result;
    });
  };
  const watched = new Set<unknown>([window, document, window.navigation]);
  wrap(EventTarget.prototype, 'addEventListener', (target, [type, listener]) => {
    if (watched.has(target)) living.set(listener, String(type));
  });
  wrap(EventTarget.prototype, 'removeEventListener', (_, [, listener]) => living.delete(listener));
  const { setTimeout: start } = window;
  const startNoted = (work: () => void, ms: number) => {
    const id = start(() => {
      living.delete(id);
      work();
    }, ms);
    living.set(id, 'timer');
    return id;
  };
  Object.assign(window, { setTimeout: startNoted });
  wrap(window, 'clearTimeout', (_, [id]) => living.delete(id));
}

test('shutdown() removes all listeners and timers @not-webkit', async ({
  page,
  open,
  collector,
}) => {
  await page.addInitScript(watchLiving);
  await open('script.html', { options: { worker: false } });
  // Let the first tracker finish its start.
  await page.evaluate(() => window.tracker.flush().then(() => window.living.clear()));
  const [before, after] = await page.evaluate(async (host) => {
    const { living } = window;
    const tracker = window.makeTracker({
      host,
      logstore: 'web',
      flushInterval: 3_600_000,
      worker: false,
    });
    tracker.track({ event: 'first' });
    await tracker.flush();
    tracker.track({ event: 'second' });
    // The event waits for idle time.
    await new Promise((idle) => (window.requestIdleCallback ?? setTimeout)(idle));
    const before = [...living.values()].sort();
    await tracker.shutdown();
    return [before, [...living.values()]];
  }, collector.url);
  const hasNavigation = await page.evaluate(() => 'navigation' in window);
  // How many timers there are depends on how long the browser was not idle.
  expect([...new Set(before)]).toEqual([
    // `living` has one entry for a listener of two types.
    ...(hasNavigation ? ['navigate', 'navigateerror'] : []),
    'online',
    'pagehide',
    'pageshow',
    'timer',
    'visibilitychange',
  ]);
  expect(after).toEqual([]);
  await expectStored(collector, 'event', ['first', 'second']);
});

test('batches are sent in the order of their events', async ({ page, open, collector }) => {
  await open('script.html', { options: { ...ONLY_ON_EXIT, flushCount: 1 } });
  await trackSteps(page, 30);
  await eventually(async () => (await collector.logs()).map(({ n }) => n)).toEqual(numbers(30));
  const batches = await collector.batches();
  expect(batches.map(({ batch_id }) => batch_id?.split('-')[1])).toEqual(numbers(batches.length));
});
