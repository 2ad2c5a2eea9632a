// The metrics of a page that paints, shifts and is slow to answer, as the real browser has measured them.

import type { Page } from '@playwright/test';
import { asTracked, type Collector, eventually, expect, hide, test } from '../fixtures.ts';
import { expectUndone, watchTraces } from './undone.ts';

declare global {
  interface Window {
    /** What the browser has told the page itself: how many, and how long a click or key took it, milliseconds. */
    measured: Record<'paints' | 'shifts' | 'slowest', number>;
    shift(): void;
    showPicture(address: string): void;
  }
}

const options = { flushInterval: 0, capture: { webVitals: {} } } as const;
const PAGE = 'capture/web_vitals.html';
// Larger than the browser takes for a placeholder.
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="700" height="500"><rect width="700" height="500" fill="teal"/>
<!-- ${'x'.repeat(40_000)} --></svg>`;

async function metrics(collector: Collector) {
  const logs = asTracked(await collector.logs()).filter(({ event }) => event === 'web_vital');
  return logs.sort((a, b) => String(a.metric).localeCompare(String(b.metric)));
}

const names = async (collector: Collector) =>
  (await metrics(collector)).map(({ metric }) => metric);

/** Of a click on the slow button, or a key in the field. */
const SLOW_MS = 250;
const BRISK_MS = 60;

async function told(page: Page, what: keyof Window['measured'], least = 1): Promise<void> {
  await eventually(() =>
    page.evaluate((what) => window.measured[what], what),
  ).toBeGreaterThanOrEqual(least);
}

/** Parts of a value, which make up the whole, but for what was rounded. */
function parts(log: Record<string, unknown> | undefined): Record<string, number> {
  const found: Record<string, number> = JSON.parse(String(log?.parts_ms));
  const sum = Object.values(found).reduce((all, one) => all + one, 0);
  expect(Math.abs(sum - Number(log?.value_ms))).toBeLessThanOrEqual(3);
  return found;
}

test.beforeEach(({ pages }) => pages.serve('/picture.svg', PICTURE));

test('a page with a large picture, a shift and a slow button @chromium', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await told(page, 'paints');
  await page.evaluate(() => window.showPicture('/picture.svg?token=secret&utm_source=x'));
  await told(page, 'paints', 2);
  await page.evaluate(() => window.shift());
  await told(page, 'shifts');
  await page.click('#slow');
  await told(page, 'slowest', SLOW_MS);
  await eventually(() => names(collector)).toEqual(['FCP', 'LCP', 'TTFB']);
  await hide(page);
  await eventually(() => names(collector)).toEqual(['CLS', 'FCP', 'INP', 'LCP', 'TTFB']);

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

test('a page that is left: what was not final yet goes with it', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await told(page, 'paints');
  await page.focus('#field');
  await page.keyboard.press('a');
  await told(page, 'slowest', SLOW_MS);
  // The package looks at the key in idle time, and would find the slow end of it only while the page hides.
  await page.evaluate(() => new Promise((looked) => requestIdleCallback(looked)));
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
  // Nothing of what was typed.
  for (const log of logs) expect(Object.values(log)).not.toContain('a');
});

test('what the browser tells while it hides the page leaves in one request @chromium', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await told(page, 'paints');
  await page.evaluate(() => window.shift());
  await told(page, 'shifts');
  await eventually(() => names(collector)).toEqual(['FCP', 'TTFB']);
  await page.goto('about:blank');
  await eventually(() => names(collector)).toEqual(['CLS', 'FCP', 'LCP', 'TTFB']);
  const [cls, , lcp] = await metrics(collector);
  expect(cls?.['__tag__:batch_id']).toMatch(/./);
  expect(lcp?.['__tag__:batch_id']).toBe(cls?.['__tag__:batch_id']);
});

test('a metric that grows is recorded again, under the same id', async ({
  page,
  collector,
  open,
}) => {
  const inps = async () => (await metrics(collector)).filter(({ metric }) => metric === 'INP');
  await open(PAGE, { options });
  await page.click('#brisk');
  await told(page, 'slowest', BRISK_MS);
  const show = await hide(page);
  await eventually(async () => (await inps()).length).toBe(1);
  await show();
  await page.click('#slow');
  await told(page, 'slowest', SLOW_MS);
  await hide(page);
  await eventually(async () => (await inps()).length).toBe(2);
  const [first, second] = await inps();
  expect(second?.metric_id).toBe(first?.metric_id);
  expect(Number(second?.value_ms)).toBeGreaterThan(Number(first?.value_ms));
});

test('where a metric cannot be measured nothing else is lost', async ({
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

test('stop: nothing is recorded any more', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  await eventually(() => names(collector)).toEqual(['FCP', 'TTFB']);
  await page.evaluate(() => window.tracker.shutdown());
  await page.click('#slow');
  await told(page, 'slowest', SLOW_MS);
  await hide(page);
  expect(await page.evaluate(() => window.tracker.counts)).toMatchObject({
    tracked: 2,
    dropped: 0,
  });
});

test('stop really stops, and what is started anew as well', async ({ page, collector, open }) => {
  await watchTraces(page);
  await open(PAGE, { options: {} });
  const webVitals = () =>
    expectUndone(page, collector.url, { webVitals: {} }, async () => {
      await page.evaluate(() => {
        window.measured.slowest = 0;
      });
      await page.click('#slow');
      await told(page, 'slowest', SLOW_MS);
      await (await hide(page))();
    });
  await webVitals();
  // A fresh one leaves no more behind.
  await webVitals();
});

test('of a page of which a part was not to be recorded nothing is measured', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await eventually(() => names(collector)).toEqual(['FCP', 'TTFB']);
  await told(page, 'paints');
  await page.evaluate(() => {
    window.tracker.setConsent('denied');
    window.tracker.setConsent('granted');
    window.tracker.track({ event: 'mine' });
  });
  await page.click('#slow');
  await told(page, 'slowest', SLOW_MS);
  await hide(page);
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toContain(
    'mine',
  );
  expect(await names(collector)).toEqual(['FCP', 'TTFB']);
});
