// What visitors have before their eyes for long enough.

import type { Page } from '@playwright/test';
import { type Collector, expect, hide, ONLY_ON_EXIT, test } from '../fixtures.ts';
import { drawn, recorded, stopTime } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

const PAGE = 'capture/visibility.html';
const setup = { options: { ...ONLY_ON_EXIT, capture: { visibility: {} } } };

/** Lets time pass, once what waits for idle time is done, and the page's observers know what is in sight. */
async function pass(page: Page, ms: number): Promise<void> {
  await page.evaluate(() => window.tracker.flush());
  await drawn(page);
  await page.clock.runFor(ms);
}

const scrollTo = (page: Page, top: number) => page.evaluate((top) => window.scrollTo(0, top), top);

const names = async (page: Page, collector: Collector) =>
  (await recorded(page, collector, 'element_view')).map((event) => event.view_name);

test('an element that is seen for a second, once', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, setup);
  await pass(page, 999);
  expect(await recorded(page, collector)).toEqual([]);
  await pass(page, 1);
  const top = { event: 'element_view', element: '#top', view_name: 'top', product_id: '42' };
  expect(await recorded(page, collector)).toEqual([top]);
  await scrollTo(page, 1000);
  await pass(page, 5000);
  await scrollTo(page, 0);
  await pass(page, 5000);
  expect(await recorded(page, collector)).toEqual([
    top,
    { event: 'element_view', element: '#middle', view_name: 'middle' },
  ]);
});

test('less than a second, or less than half, is not seen', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, setup);
  await pass(page, 600);
  await scrollTo(page, 150);
  await pass(page, 5000);
  await scrollTo(page, 0);
  await pass(page, 600);
  expect(await names(page, collector)).toEqual([]);
  await scrollTo(page, 90);
  await pass(page, 400);
  expect(await names(page, collector)).toEqual(['top']);
});

test('an element of many viewports is seen when it fills half of one', async ({
  page,
  open,
  collector,
}) => {
  await stopTime(page);
  await open(PAGE, setup);
  const viewport = await page.evaluate(() => innerHeight);
  const begins = 200 + 1000 + 200 + 1000;
  await scrollTo(page, begins - viewport * 0.6);
  await pass(page, 2000);
  expect(await names(page, collector)).toEqual([]);
  // One percent of the element is more than a quarter of the viewport: no finer than that.
  await scrollTo(page, begins - viewport * 0.2);
  await pass(page, 2000);
  expect(await names(page, collector)).toEqual(['tall']);
});

test('share and time are options', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, {
    options: {
      ...setup.options,
      capture: { visibility: { visibleShare: 0.9, visibleMs: 200 } },
    },
  });
  await scrollTo(page, 40);
  await pass(page, 2000);
  expect(await names(page, collector)).toEqual([]);
  await scrollTo(page, 10);
  await pass(page, 200);
  expect(await names(page, collector)).toEqual(['top']);
});

test('an element that comes later, itself or within another', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, setup);
  await page.evaluate(() => {
    document.body.insertAdjacentHTML(
      'afterbegin',
      'text<div data-track-view="late"></div><section><div data-track-view="inner"></div></section>',
    );
  });
  await pass(page, 1000);
  expect(new Set(await names(page, collector))).toEqual(new Set(['late', 'inner', 'top']));
  await page.evaluate(() => {
    document.body.insertAdjacentHTML('afterbegin', '<div data-track-view="brief"></div>');
  });
  await pass(page, 500);
  await page.evaluate(() => document.querySelector('[data-track-view=brief]')?.remove());
  await pass(page, 5000);
  expect(await names(page, collector)).not.toContain('brief');
});

test('a hidden page shows nothing', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, setup);
  await pass(page, 900);
  const show = await hide(page);
  await page.clock.runFor(5000);
  expect(await names(page, collector)).toEqual([]);
  await show();
  await pass(page, 999);
  expect(await names(page, collector)).toEqual([]);
  await pass(page, 1);
  expect(await names(page, collector)).toEqual(['top']);
});

test('what is seen in the next view is seen again', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, {
    options: { ...setup.options, capture: { pageViews: {}, visibility: {} } },
  });
  await pass(page, 1500);
  await page.evaluate(() => history.pushState(null, '', '/second'));
  await pass(page, 1500);
  expect(await recorded(page, collector, 'element_view')).toMatchObject([
    { view_name: 'top', view_seq: '0' },
    { view_name: 'top', view_seq: '1' },
  ]);
});

test('stop really stops', async ({ page, open, collector }) => {
  await watchTraces(page);
  await open(PAGE);
  const use = async () => {
    await drawn(page);
    // It waits for the time to be up.
    const { left } = await page.evaluate(() => window.traces());
    expect(left).toContain('setTimeout');
  };
  const capture = { visibility: { visibleMs: 1_000_000 } };
  await expectUndone(page, collector.url, capture, use, () => drawn(page));
});
