// How far down visitors scroll.

import type { Page } from '@playwright/test';
import { eventually, expect, ONLY_ON_EXIT, test } from '../fixtures.ts';
import { drawn, recorded } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

const setup = { options: { ...ONLY_ON_EXIT, capture: { scroll: {} } } };
const HEIGHT = 7200;

/** Scrolls until the bottom of the viewport is at `percent` of the page. */
async function scrollTo(page: Page, percent: number): Promise<void> {
  const at = () => page.evaluate(() => Math.round(scrollY));
  const viewport = await page.evaluate(() => innerHeight);
  const to = Math.round((percent / 100) * HEIGHT) - viewport;
  await page.mouse.move(200, 200);
  await page.mouse.wheel(0, to - (await at()));
  await eventually(at).toBe(to);
  await drawn(page);
}

for (const name of ['scroll', 'scroll_full_height']) {
  test(`each depth is recorded once, although it is passed again (${name}.html)`, async ({
    page,
    open,
    collector,
  }) => {
    await open(`capture/${name}.html`, setup);
    const depths = async () =>
      (await recorded(page, collector, 'scroll_depth')).map((event) => event.scroll_percent);
    await scrollTo(page, 20);
    expect(await depths()).toEqual([]);
    await scrollTo(page, 30);
    expect(await depths()).toEqual(['25']);
    await scrollTo(page, 20);
    await scrollTo(page, 40);
    expect(await depths()).toEqual(['25']);
    await scrollTo(page, 91);
    await scrollTo(page, 100);
    expect(await depths()).toEqual(['25', '50', '75', '90', '100']);
  });
}

test('depths that were scrolled to before the tracker starts are recorded', async ({
  page,
  open,
  collector,
}) => {
  await open('capture/scroll.html', { options: {} });
  await scrollTo(page, 60);
  // A page opened at a fragment or a restored position fires no more scroll events.
  await page.evaluate(
    ([options, host]) => {
      window.tracker = window.makeTracker({ ...options, host, logstore: 'web' });
    },
    [setup.options, collector.url] as const,
  );
  await drawn(page);
  const depths = await recorded(page, collector, 'scroll_depth');
  expect(depths.map(({ scroll_percent }) => scroll_percent)).toEqual(['25', '50']);
});

test('scrolling an element inside the page records nothing', async ({ page, open, collector }) => {
  await open('capture/scroll_short.html', setup);
  await page.mouse.move(100, 100);
  await page.mouse.wheel(0, 500);
  await eventually(() => page.locator('#box').evaluate((box) => box.scrollTop)).toBeGreaterThan(0);
  await drawn(page);
  expect(await recorded(page, collector)).toEqual([]);
});

test('a new view starts at the top and records only its own depths', async ({
  page,
  open,
  collector,
}) => {
  await open('capture/scroll.html', {
    options: { ...setup.options, capture: { pageViews: {}, scroll: { depths: [5, 30] } } },
  });
  await scrollTo(page, 35);
  await page.evaluate(() => {
    history.pushState(null, '', '/second');
    window.scrollTo(0, 0);
  });
  await drawn(page);
  const depths = async () =>
    (await recorded(page, collector, 'scroll_depth')).map((event) => [
      event.view_seq,
      event.scroll_percent,
    ]);
  expect(await depths()).toEqual([
    ['0', '5'],
    ['0', '30'],
  ]);
  await scrollTo(page, 15);
  expect(await depths()).toEqual([
    ['0', '5'],
    ['0', '30'],
    ['1', '5'],
  ]);
});

test('a fixed element below the window does not count as page height', async ({
  page,
  open,
  collector,
}) => {
  await open('capture/scroll.html', { options: { capture: { scroll: {} } } });
  await page.evaluate(() => {
    const sheet = document.createElement('div');
    sheet.style.cssText = 'position:fixed;bottom:0;height:500px;transform:translateY(100%)';
    document.body.append(sheet);
  });
  await scrollTo(page, 100);
  await drawn(page);
  const depths = (await recorded(page, collector, 'scroll_depth')).map(
    ({ scroll_percent }) => scroll_percent,
  );
  expect(depths.at(-1)).toBe('100');
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  open,
  collector,
}) => {
  await watchTraces(page);
  await open('capture/scroll.html');
  await expectUndone(page, collector.url, { scroll: {} }, () => scrollTo(page, 30));
});
