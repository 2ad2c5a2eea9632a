// Long tasks that block a page. Firefox does not report them.

import { asTracked, type Collector, eventually, expect, test } from '../fixtures.ts';
import { expectUndone, watchTraces } from './undone.ts';

declare global {
  interface Window {
    showBusy(address: string): void;
    /** Durations of long tasks that the browser has reported, milliseconds. */
    told: number[];
    burnOften(count: number, milliseconds: number): Promise<void>;
  }
}

const PAGE = 'capture/long_tasks.html';
const options = { flushInterval: 0, capture: { longTasks: {} } } as const;

const tasks = async (collector: Collector) =>
  asTracked(await collector.logs()).filter(({ event }) => event === 'long_task');

/** Long tasks of the page's scripts; a busy machine may cause others. */
const own = async (collector: Collector) =>
  (await tasks(collector)).filter(({ script_url }) =>
    String(script_url).includes('/capture/long_'),
  );

async function settled(collector: Collector, count: number) {
  await eventually(async () => (await own(collector)).length).toBe(count);
  return own(collector);
}

test('a slow listener is recorded with its script, function and durations @chromium', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.click('#busy');
  const [log] = await settled(collector, 1);
  expect(log).toMatchObject({
    duration_ms: expect.stringMatching(/^\d+$/),
    blocking_ms: expect.stringMatching(/^\d+$/),
    script_url: `${pages.origin}/capture/long_tasks.js`,
    script_function: 'work',
    script_invoker: 'BUTTON#busy.onclick',
    script_ms: expect.stringMatching(/^\d+$/),
  });
  expect(Number(log?.script_ms)).toBeGreaterThanOrEqual(210);
  expect(Number(log?.duration_ms)).toBeGreaterThanOrEqual(Number(log?.script_ms));
  expect(Number(log?.blocking_ms)).toBeGreaterThanOrEqual(150);
  expect(Number(log?.blocking_ms)).toBeLessThan(Number(log?.duration_ms));
});

test('the invoker of a script is recorded without its URL @chromium', async ({
  page,
  pages,
  collector,
  open,
}) => {
  pages.serve('/dot.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await open(PAGE, { options });
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.src = '/capture/long_script.js?token=secret';
    document.body.append(script);
  });
  const [first] = await settled(collector, 1);
  expect(first).toMatchObject({
    script_url: `${pages.origin}/capture/long_script.js`,
    script_invoker: 'classic-script',
  });
  await page.evaluate(() => window.showBusy('/dot.svg?token=secret'));
  const [, second] = await settled(collector, 2);
  expect(second).toMatchObject({ script_invoker: 'IMG.onload' });
  for (const log of [first, second]) expect(JSON.stringify(log)).not.toContain('secret');
});

test('a browser with only the Long Tasks API records each task with its duration @chromium', async ({
  page,
  collector,
  open,
}) => {
  await page.addInitScript(() => {
    const types = PerformanceObserver.supportedEntryTypes.filter(
      (type) => type !== 'long-animation-frame',
    );
    Object.defineProperty(PerformanceObserver, 'supportedEntryTypes', { value: types });
    window.told = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.told.push(Math.round(duration));
    }).observe({ type: 'longtask', buffered: true });
  });
  await open(PAGE, { options });
  await page.click('#busy');
  const told = async () =>
    (await page.evaluate(() => window.told)).filter((duration) => duration >= 100);
  await eventually(async () => Math.max(...(await told()))).toBeGreaterThan(209);
  await eventually(async () =>
    (await tasks(collector)).map(({ duration_ms }) => Number(duration_ms)),
  ).toEqual(await told());
  for (const log of await tasks(collector)) {
    for (const field of ['blocking_ms', 'script_url', 'script_ms']) {
      expect(log).not.toHaveProperty(field);
    }
  }
});

test('leastMs sets the least duration of a recorded task @chromium', async ({
  page,
  collector,
  open,
}) => {
  const durations = async () =>
    (await own(collector)).map(({ duration_ms }) => Number(duration_ms));
  await open(PAGE, { options });
  await page.evaluate(() => window.burnOften(3, 65));
  await page.evaluate(() => window.burnOften(1, 300));
  // Wait for the last task; on a busy machine some tasks before it may be long enough too.
  await eventually(async () => Math.max(...(await durations()))).toBeGreaterThanOrEqual(300);
  expect(Math.min(...(await durations()))).toBeGreaterThanOrEqual(100);
  const before = (await durations()).length;
  await open(PAGE, { options: { ...options, capture: { longTasks: { leastMs: 60 } } } });
  await page.evaluate(() => window.burnOften(3, 65));
  // Two of them may share a frame.
  await eventually(async () => (await durations()).length).toBeGreaterThan(before);
});

test('at most 20 long tasks are recorded in a view @chromium', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options: { ...options, capture: { pageViews: {}, longTasks: {} } } });
  await page.evaluate(() => window.burnOften(24, 120));
  await eventually(async () => (await tasks(collector)).length).toBe(20);
  await page.evaluate(() => history.pushState(null, '', '/another'));
  await page.evaluate(() => window.burnOften(1, 120));
  await eventually(async () => (await tasks(collector)).at(-1)?.view_seq).toBe('1');
  const views = (await tasks(collector)).map(({ view_seq }) => view_seq);
  expect(views.filter((view) => view === '0')).toHaveLength(20);
});

test('a task before the tracker starts is recorded once, and a task without consent is not @chromium', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE);
  await page.evaluate(() => window.burnOften(1, 150));
  await page.evaluate((host) => {
    window.tracker = window.makeTracker({ host, logstore: 'web', capture: { longTasks: {} } });
  }, collector.url);
  await eventually(async () => {
    await page.evaluate(() => window.tracker.flush());
    return (await own(collector)).length;
  }).toBe(1);
  await page.evaluate(() => window.tracker.setConsent('denied'));
  await page.evaluate(() => window.burnOften(1, 170));
  await page.evaluate(() => window.tracker.setConsent('granted'));
  await page.evaluate(() => window.burnOften(1, 190));
  await eventually(async () => {
    await page.evaluate(() => window.tracker.flush());
    return (await own(collector)).length;
  }).toBe(2);
  const [, last] = await own(collector);
  expect(Number(last?.duration_ms)).toBeGreaterThanOrEqual(190);
});

test('shutdown() removes everything that the plug-in has added @chromium', async ({
  page,
  collector,
  open,
}) => {
  await watchTraces(page);
  await open(PAGE);
  await expectUndone(page, collector.url, { longTasks: {} }, async () => {
    await page.click('#busy');
    await eventually(async () =>
      (await collector.logs({ logstore: 'other' })).some(({ event }) => event === 'long_task'),
    ).toBe(true);
  });
});
