// Web Vitals of a page that paints, shifts and responds slowly, as the real browser measures them.

import type { Page } from '@playwright/test';
import { asTracked, type Collector, eventually, expect, hide, test } from '../fixtures.ts';
import { expectUndone, watchTraces } from './undone.ts';

declare global {
  interface Window {
    /** What the browser has reported to the page: counts, and the duration of the slowest handler, milliseconds. */
    measured: Record<'paints' | 'shifts' | 'slowest', number>;
    shift(): void;
    showPicture(address: string): void;
    /** How long the handler of the slow button takes, milliseconds. */
    slowFor: number;
  }
}

const options = { flushInterval: 0, capture: { webVitals: {} } } as const;
const PAGE = 'capture/web_vitals.html';
// The padding keeps Chromium from ignoring the picture as a low-entropy placeholder.
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="700" height="500"><rect width="700" height="500" fill="teal"/>
<!-- ${'x'.repeat(40_000)} --></svg>`;

async function metrics(collector: Collector) {
  const logs = asTracked(await collector.logs()).filter(({ event }) => event === 'web_vital');
  return logs.sort((a, b) => String(a.metric).localeCompare(String(b.metric)));
}

const names = async (collector: Collector) =>
  (await metrics(collector)).map(({ metric }) => metric);

/** Least duration of the handler of the slow button and of the field. */
const SLOW_MS = 250;
const BRISK_MS = 60;

/** Waits until a count or duration that the page has measured is at least `least`. */
async function measuredAtLeast(
  page: Page,
  what: keyof Window['measured'],
  least = 1,
): Promise<void> {
  await eventually(() =>
    page.evaluate((what) => window.measured[what], what),
  ).toBeGreaterThanOrEqual(least);
}

/** The parts of a metric; checks that they add up to its value, except for rounding. */
function parts(log: Record<string, unknown> | undefined): Record<string, number> {
  const found: Record<string, number> = JSON.parse(String(log?.parts_ms));
  const sum = Object.values(found).reduce((all, one) => all + one, 0);
  expect(Math.abs(sum - Number(log?.value_ms))).toBeLessThanOrEqual(3);
  return found;
}

/** Makes the page paint, shift and respond slowly, and hides it. Waits until all five metrics are stored. */
async function causeAll(page: Page, collector: Collector): Promise<void> {
  await measuredAtLeast(page, 'paints');
  await page.evaluate(() => window.showPicture('/picture.svg?token=secret&utm_source=x'));
  await measuredAtLeast(page, 'paints', 2);
  await page.evaluate(() => window.shift());
  await measuredAtLeast(page, 'shifts');
  await page.click('#slow');
  await measuredAtLeast(page, 'slowest', SLOW_MS);
  await eventually(() => names(collector)).toEqual(['FCP', 'LCP', 'TTFB']);
  await hide(page);
  await eventually(() => names(collector)).toEqual(['CLS', 'FCP', 'INP', 'LCP', 'TTFB']);
}

test.beforeEach(({ pages }) => pages.serve('/picture.svg', PICTURE));

test('all five metrics have their values, parts, element and resource @chromium', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await causeAll(page, collector);

  const [cls, fcp, inp, lcp, ttfb] = await metrics(collector);
  const common = { navigation_type: 'navigate', page_url: `${pages.origin}/${PAGE}` };
  for (const log of [cls, fcp, inp, lcp, ttfb]) {
    expect(log).toMatchObject({ ...common, metric_id: expect.stringMatching(/./) });
  }
  expect(cls).toMatchObject({
    value_score: expect.stringMatching(/^0\.\d{1,4}$/),
    element: '#pictures',
    load_state: 'complete',
  });
  expect(Number(cls?.value_score)).toBeGreaterThan(0.01);
  expect(cls).not.toHaveProperty('value_ms');
  expect(cls).not.toHaveProperty('parts_ms');

  expect(inp).toMatchObject({
    value_ms: expect.stringMatching(/^\d+$/),
    rating: expect.stringMatching(/^(needs-improvement|poor)$/),
    element: '#slow',
    interaction_type: 'pointer',
    load_state: 'complete',
  });
  expect(parts(inp).processing).toBeGreaterThanOrEqual(SLOW_MS);
  expect(Object.keys(parts(inp))).toEqual(['input_delay', 'processing', 'presentation_delay']);

  expect(lcp).toMatchObject({
    value_ms: expect.stringMatching(/^\d+$/),
    rating: expect.stringMatching(/./),
    element: '#picture',
    resource_url: `${pages.origin}/picture.svg?utm_source=x`,
  });
  expect(Object.keys(parts(lcp))).toEqual(['ttfb', 'load_delay', 'load', 'render_delay']);
  expect(Number(lcp?.value_ms)).toBeGreaterThan(Number(fcp?.value_ms));

  expect(fcp).toMatchObject({ load_state: expect.stringMatching(/^(loading|dom-|complete)/) });
  expect(Object.keys(parts(fcp))).toEqual(['ttfb', 'render']);

  expect(Object.keys(parts(ttfb))).toEqual(['waiting', 'cache', 'dns', 'connection', 'request']);
  for (const log of [fcp, ttfb]) {
    for (const field of ['element', 'resource_url', 'interaction_type', 'value_score']) {
      expect(log).not.toHaveProperty(field);
    }
  }
});

test('metrics that are not final yet are sent when the page is left @not-webkit', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await measuredAtLeast(page, 'paints');
  await page.focus('#field');
  await page.keyboard.press('a');
  await measuredAtLeast(page, 'slowest', SLOW_MS);
  // The web-vitals package reads the entry in idle time; without this wait it would read it while the page hides.
  await page.evaluate(() => new Promise((idle) => requestIdleCallback(idle)));
  await page.goto('about:blank');
  const expected = ['FCP', 'INP', 'LCP', 'TTFB'];
  await eventually(async () =>
    (await names(collector)).filter((metric) => metric !== 'CLS'),
  ).toEqual(expected);
  const logs = await metrics(collector);
  expect(logs.find(({ metric }) => metric === 'LCP')).toMatchObject({ element: '#lead' });
  expect(logs.find(({ metric }) => metric === 'LCP')).not.toHaveProperty('resource_url');
  const inp = logs.find(({ metric }) => metric === 'INP');
  expect(inp).toMatchObject({ element: '#field', interaction_type: 'keyboard' });
  expect(parts(inp).processing).toBeGreaterThanOrEqual(SLOW_MS);
  // The typed text is not stored.
  for (const log of logs) expect(Object.values(log)).not.toContain('a');
});

for (const how of ['address', 'script']) {
  test(`a page left by ${how} sends its last metrics in the batch of its other events @chromium`, async ({
    page,
    collector,
    open,
  }) => {
    await open(PAGE, {
      options: { flushInterval: 60_000, worker: false, capture: { pageViews: {}, webVitals: {} } },
    });
    await measuredAtLeast(page, 'paints');
    await page.evaluate(() => window.shift());
    await measuredAtLeast(page, 'shifts');
    await page.evaluate(() => window.tracker.flush());
    await eventually(() => names(collector)).toEqual(['FCP', 'TTFB']);
    if (how === 'address') await page.goto('about:blank');
    else await page.evaluate(() => location.assign('/next.html'));
    await eventually(() => names(collector)).toEqual(['CLS', 'FCP', 'LCP', 'TTFB']);
    const [cls, , lcp] = await metrics(collector);
    const [leave] = asTracked(await collector.logs()).filter(({ event }) => event === 'page_leave');
    expect(cls?.['__tag__:batch_id']).toMatch(/./);
    expect(lcp?.['__tag__:batch_id']).toBe(cls?.['__tag__:batch_id']);
    expect(leave?.['__tag__:batch_id']).toBe(cls?.['__tag__:batch_id']);
  });
}

test('a page that goes on to another document before its first paint still has its metrics', async ({
  page,
  pages,
  collector,
  open,
}) => {
  const last = '<!doctype html><link rel="icon" href="data:,"><title>Last</title>';
  pages.serve('/held/last.html', last);
  await page.addInitScript(() => {
    if (location.pathname.startsWith('/held/')) return;
    addEventListener('DOMContentLoaded', () => location.assign('/held/last.html'));
    const type = 'largest-contentful-paint';
    new PerformanceObserver(() => console.log('painted')).observe({ type, buffered: true });
  });
  const painted = page.waitForEvent('console', (message) => message.text() === 'painted');
  // The driver says that another navigation has interrupted this one.
  const opened = open(PAGE, { options }).catch(() => {});
  await painted;
  pages.release();
  await opened;
  await page.waitForURL('**/held/last.html');
  // The package reports TTFB only when the page has loaded.
  await eventually(() => names(collector)).toEqual(expect.arrayContaining(['FCP', 'LCP']));
});

test('a metric that grows is recorded again, under the same id @not-webkit', async ({
  page,
  collector,
  open,
}) => {
  const inps = async () => (await metrics(collector)).filter(({ metric }) => metric === 'INP');
  await open(PAGE, { options });
  await page.click('#brisk');
  await measuredAtLeast(page, 'slowest', BRISK_MS);
  const show = await hide(page);
  await eventually(async () => (await inps()).length).toBe(1);
  await show();
  // The first value includes the time until the next paint, which is long on a busy machine: exceed that too.
  const longer = Number((await inps())[0]?.value_ms) + SLOW_MS;
  await page.evaluate((longer) => {
    window.slowFor = longer + 10;
  }, longer);
  await page.click('#slow');
  await measuredAtLeast(page, 'slowest', longer);
  await hide(page);
  await eventually(async () => (await inps()).length).toBe(2);
  const [first, second] = await inps();
  expect(second?.metric_id).toBe(first?.metric_id);
  expect(Number(second?.value_ms)).toBeGreaterThan(Number(first?.value_ms));
});

test('a browser without PerformanceObserver still records other events', async ({
  page,
  collector,
  open,
}) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'PerformanceObserver', { value: undefined });
    Object.defineProperty(window, 'PerformanceEventTiming', { value: undefined });
    Object.defineProperty(performance, 'getEntriesByType', { value: undefined });
  });
  const capture = { ...options.capture, pageViews: {} };
  await open('capture.html', { options: { ...options, capture }, events: [{ event: 'mine' }] });
  const stored = async () =>
    (await collector.logs()).map(({ event, navigation_type }) => `${event} ${navigation_type}`);
  await eventually(async () => (await stored()).sort()).toEqual([
    'mine undefined',
    'page_view navigate',
  ]);
});

test('no metric is recorded after shutdown() @not-webkit', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  await eventually(() => names(collector)).toEqual(['FCP', 'TTFB']);
  await page.evaluate(() => window.tracker.shutdown());
  await page.click('#slow');
  await measuredAtLeast(page, 'slowest', SLOW_MS);
  await hide(page);
  expect(await page.evaluate(() => window.tracker.counts)).toMatchObject({
    tracked: 2,
    dropped: 0,
  });
});

test('shutdown() removes everything that the plug-in has added, also the second time @not-webkit', async ({
  page,
  collector,
  open,
}) => {
  await watchTraces(page);
  await open(PAGE, { options: {} });
  const webVitals = () =>
    expectUndone(page, collector.url, { webVitals: {} }, async () => {
      await page.evaluate(() => {
        window.measured.slowest = 0;
      });
      await page.click('#slow');
      await measuredAtLeast(page, 'slowest', SLOW_MS);
      await (await hide(page))();
    });
  await webVitals();
  // A second tracker removes everything too.
  await webVitals();
});

test('no metric is recorded after consent was denied for part of the visit @not-webkit', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await eventually(() => names(collector)).toEqual(['FCP', 'TTFB']);
  await measuredAtLeast(page, 'paints');
  await page.evaluate(() => {
    window.tracker.setConsent('denied');
    window.tracker.setConsent('granted');
    window.tracker.track({ event: 'mine' });
  });
  await page.click('#slow');
  await measuredAtLeast(page, 'slowest', SLOW_MS);
  await hide(page);
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toContain(
    'mine',
  );
  expect(await names(collector)).toEqual(['FCP', 'TTFB']);
});
