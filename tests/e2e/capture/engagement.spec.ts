// How long visitors are active on a page.

import type { Page } from '@playwright/test';
import { eventually, expect, hide, ONLY_ON_EXIT, test } from '../fixtures.ts';
import { drawn, recorded, stopTime } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

const PAGE = 'capture/engagement.html';
const setup = { options: { ...ONLY_ON_EXIT, capture: { engagement: {} } } };

const engaged = (engaged_ms: number) => ({ event: 'engagement', engaged_ms: String(engaged_ms) });

/** Hides the page and shows it again. */
const leave = async (page: Page) => (await hide(page))();

const ACTIVITIES: Record<string, (page: Page) => Promise<unknown>> = {
  'moves the pointer': (page) => page.mouse.move(300, 300),
  'presses a button': (page) => page.mouse.down(),
  'presses a key': (page) => page.keyboard.press('a'),
  'turns the wheel': (page) => page.mouse.wheel(0, 10),
  'scrolls by script': async (page) => {
    await page.evaluate(() => scrollTo(0, 500));
    await drawn(page);
  },
};

for (const [what, act] of Object.entries(ACTIVITIES)) {
  test(`a visitor who ${what} counts as engaged for 30 seconds`, async ({
    page,
    open,
    collector,
  }) => {
    await stopTime(page);
    await open(PAGE, setup);
    await page.clock.runFor(60_000);
    await act(page);
    await drawn(page);
    await page.clock.runFor(60_000);
    await leave(page);
    expect(await recorded(page, collector)).toEqual([engaged(30_000)]);
  });
}

test('each event has the engaged time since the last one, without idle time', async ({
  page,
  open,
  collector,
}) => {
  await stopTime(page);
  await open(PAGE, { options: { ...setup.options, capture: { engagement: { idleMs: 5_000 } } } });
  await page.clock.runFor(10_000);
  await leave(page);
  expect(await recorded(page, collector)).toEqual([]);
  await page.keyboard.press('a');
  await page.clock.runFor(4_000);
  await page.keyboard.press('a');
  await page.clock.runFor(20_000);
  await page.keyboard.press('a');
  await page.clock.runFor(500);
  await leave(page);
  await leave(page);
  expect(await recorded(page, collector)).toEqual([engaged(9_500)]);
  await page.clock.runFor(400);
  await leave(page); // less than a second is not recorded yet
  await page.clock.runFor(700);
  await leave(page);
  expect(await recorded(page, collector)).toEqual([engaged(9_500), engaged(1_100)]);
});

test('time in a hidden page does not count', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, setup);
  await page.keyboard.press('a');
  await page.clock.runFor(2_000);
  const show = await hide(page);
  await page.clock.runFor(5_000);
  await show();
  await page.clock.runFor(3_000);
  await leave(page);
  expect(await recorded(page, collector)).toEqual([engaged(2_000), engaged(3_000)]);
});

test('an element scrolled by script is not engagement', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, setup);
  await page.evaluate(() => document.querySelector('#box')?.scrollTo(0, 500));
  await drawn(page);
  await page.clock.runFor(5_000);
  await leave(page);
  expect(await recorded(page, collector)).toEqual([]);
});

test('each view has its own engaged time', async ({ page, open, collector }) => {
  await stopTime(page);
  await open(PAGE, {
    options: { ...setup.options, capture: { pageViews: {}, engagement: {} } },
  });
  await page.keyboard.press('a');
  await page.clock.runFor(2_000);
  await page.evaluate(() => history.pushState(null, '', '/second'));
  await page.clock.runFor(900);
  await page.evaluate(() => history.pushState(null, '', '/third'));
  await page.clock.runFor(1_200);
  await leave(page);
  expect(await recorded(page, collector, 'engagement')).toMatchObject([
    { engaged_ms: '2000', view_seq: '0' },
    { engaged_ms: '1200', view_seq: '2' },
  ]);
});

test('the engaged time is sent once when the page is left', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await stopTime(page);
  await open(PAGE, setup);
  await page.keyboard.press('a');
  await page.clock.runFor(2_000);
  await page.goto(`${pages.origin}/next.html`);
  await eventually(async () => (await collector.logs()).length).toBe(1);
  expect(await collector.logs()).toMatchObject([engaged(2_000)]);
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  open,
  collector,
}) => {
  await watchTraces(page);
  await open(PAGE);
  await expectUndone(page, collector.url, { engagement: {} }, async () => {
    await page.keyboard.press('a');
    // Idle time is computed without a timer.
    const { left } = await page.evaluate(() => window.traces());
    expect(left).not.toContain('setInterval');
  });
});
