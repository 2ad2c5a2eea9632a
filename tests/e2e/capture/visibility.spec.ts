// Elements that a visitor has seen for long enough.

import type { Page } from '@playwright/test';
import { type Collector, expect, hide, ONLY_ON_EXIT, test } from '../fixtures.ts';
import { drawn, recorded, stopTime } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

const PAGE = 'capture/visibility.html';
const setup = { options: { ...ONLY_ON_EXIT, capture: { visibility: {} } } };

/** Lets time pass after all idle work is done and the observers know what is visible. */
async function pass(page: Page, ms: number): Promise<void> {
  await page.evaluate(() => window.tracker.flush());
  await drawn(page);
  await page.clock.runFor(ms);
}

const scrollTo = (page: Page, top: number) => page.evaluate((top) => window.scrollTo(0, top), top);

const names = async (page: Page, collector: Collector) =>
  (await recorded(page, collector, 'element_view')).map((event) => event.view_name);

test('an element that is visible for a second is recorded once', async ({
  page,
  open,
  collector,
}) => {
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

test('an element visible for less than a second or by less than half is not recorded', async ({
  page,
  open,
  collector,
}) => {
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

test('an element taller than the viewport is recorded when it fills more than half of the viewport', async ({
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
  // The observer has steps of one percent of the element, which is more than a quarter of the viewport here.
  await scrollTo(page, begins - viewport * 0.2);
  await pass(page, 2000);
  expect(await names(page, collector)).toEqual(['tall']);
});

test('visibleShare and visibleMs set the limits', async ({ page, open, collector }) => {
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

test('elements added later are recorded, also inside another element', async ({
  page,
  open,
  collector,
}) => {
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

test('time in a hidden page does not count, and the second starts again', async ({
  page,
  open,
  collector,
}) => {
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

test('an element is recorded again in the next view', async ({ page, open, collector }) => {
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

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  open,
  collector,
}) => {
  await watchTraces(page);
  await open(PAGE);
  const use = async () => {
    await drawn(page);
    // The plug-in has a timer for the visible element.
    const { left } = await page.evaluate(() => window.traces());
    expect(left).toContain('setTimeout');
  };
  const capture = { visibility: { visibleMs: 1_000_000 } };
  await expectUndone(page, collector.url, capture, use, () => drawn(page));
});
