// Rage clicks and dead clicks.

import type { Page } from '@playwright/test';
import { type Collector, eventually, expect, test } from '../fixtures.ts';
import { DEAD_MS, now, options, PAGE, RAGE_MS, timeOf } from './clicks_page.ts';
import { recorded, stopTime } from './recorded.ts';

// A tall viewport shows the whole page. Otherwise a click on `#` would scroll, and a scroll means that a click works.
test.use({ viewport: { width: 1280, height: 1600 } });

const rage = (page: Page, collector: Collector) => recorded(page, collector, 'rage_click');

test.describe('rage clicks', () => {
  test('are recorded as one event with the final count', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options });
    const first = await now(page);
    const [x, y] = await middleOf(page, '#dead');
    for (let n = 0; n < 5; n++) {
      await page.mouse.click(x + 5 * n, y);
      await page.clock.runFor(400);
    }
    expect(await rage(page, collector)).toEqual([]);
    await page.clock.runFor(RAGE_MS);
    expect(await rage(page, collector)).toEqual([
      { event: 'rage_click', element: '#dead', clicks: '5' },
    ]);
    expect(await timeOf(collector, 'rage_click')).toBe(first);
  });

  test('on plain text are recorded when the page is left', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    await page.click('#plain', { clickCount: 3 });
    await page.goto(new URL('/next.html', page.url()).href);
    await eventually(async () => (await collector.logs()).map(({ clicks }) => clicks)).toEqual([
      '3',
    ]);
  });

  test('on two elements are two events', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options });
    for (const selector of ['#dead', '#plain']) await page.click(selector, { clickCount: 3 });
    await page.clock.runFor(RAGE_MS);
    expect(await rage(page, collector)).toEqual([
      { event: 'rage_click', element: '#dead', clicks: '3' },
      { event: 'rage_click', element: '#plain', clicks: '3' },
    ]);
  });

  test('are not recorded if the clicks are few, slow, far apart, by keyboard or in a field', async ({
    page,
    open,
    collector,
  }) => {
    await stopTime(page);
    await open(PAGE, { options });
    const [x, y] = await middleOf(page, '#dead');
    for (let n = 0; n < 2; n++) await page.mouse.click(x, y);
    await page.clock.runFor(RAGE_MS);
    for (let n = 0; n < 3; n++) {
      await page.mouse.click(x, y);
      await page.clock.runFor(600);
    }
    await page.clock.runFor(RAGE_MS);
    for (const offset of [-45, 0, 45]) await page.mouse.click(x + offset, y);
    await page.click('#text', { clickCount: 3 });
    await page.focus('#button');
    for (let n = 0; n < 3; n++) await page.keyboard.press('Enter');
    await page.locator('#label').click({ position: { x: 40, y: 8 }, clickCount: 2 });
    await page.clock.runFor(RAGE_MS);
    expect(await rage(page, collector)).toEqual([]);
  });

  test('are not recorded if rage is false', async ({ page, open, collector }) => {
    await open(PAGE, { options: { capture: { clicks: { rage: false } } } });
    await page.click('#plain', { clickCount: 3 });
    await page.evaluate(() => window.tracker.shutdown());
    expect(await rage(page, collector)).toEqual([]);
  });
});

/** Elements on which a click has no effect: in words, as selector, and as recorded. */
const DEAD = [
  ['a button', '#dead', '#dead'],
  ['an element with a button role', '#dead-role', '#dead-role'],
  ['a link to #', '#dead-link', '#dead-link'],
  ['a link to an empty script', '#dead-script', '#dead-script'],
  ['a button in a shadow root', '#shadow-dead', '#shadow-host >> #shadow-dead'],
  ['a button that only sends a request', '#requests', '#requests'],
  ['a link whose navigation the page prevents', '#internal', '#internal'],
] as const;

/** Elements on which a click has an effect, with the event to wait for if the effect comes after the click. */
const ALIVE = [
  ['#changes'],
  ['#rewrites'],
  ['#pressed'],
  ['#scrolls', 'scroll'],
  ['#focuses', 'focus'],
  ['#selects', 'selectionchange'],
  ['#pushes'],
  ['#replaces'],
  ['#clicks'],
  ['#shadow-alive'],
  ['#top'],
  ['#summary'],
  ['#popover-button', 'toggle'],
  ['#submit', 'submit'],
  ['#invalid'],
] as const;

/** Elements on which a click may have an effect that the page cannot see. */
const UNCERTAIN = [
  '#outbound',
  '#mailto',
  '#report',
  '#tab',
  '#input-button',
  '#text',
  '#check',
  '#label',
  '#plain',
  '#disabled',
  '#text-in-marked',
];

/** Waits until a click without effect counts as dead, and returns the dead clicks. */
async function dead(page: Page, collector: Collector) {
  await page.clock.runFor(DEAD_MS);
  return recorded(page, collector, 'dead_click');
}

test.describe('dead clicks', () => {
  for (const [name, selector, element] of DEAD) {
    test(`a click without effect on ${name} is a dead click`, async ({ page, open, collector }) => {
      await stopTime(page);
      await open(PAGE, { options });
      const time = await now(page);
      await page.click(selector);
      await page.clock.runFor(DEAD_MS - 1_000);
      expect(await recorded(page, collector, 'dead_click')).toEqual([]);
      expect(await dead(page, collector)).toEqual([{ event: 'dead_click', element }]);
      expect(await timeOf(collector, 'dead_click')).toBe(time);
    });
  }

  test('are recorded for the keyboard, and once for several clicks', async ({
    page,
    open,
    collector,
  }) => {
    await stopTime(page);
    await open(PAGE, { options });
    await page.focus('#dead');
    await page.keyboard.press('Enter');
    expect(await dead(page, collector)).toHaveLength(1);
    for (let n = 0; n < 4; n++) await page.click('#dead');
    expect(await dead(page, collector)).toHaveLength(2);
  });

  for (const [selector, sign] of ALIVE) {
    test(`a click on ${selector} has an effect and is no dead click`, async ({
      page,
      open,
      collector,
    }) => {
      await stopTime(page);
      await open(PAGE, { options });
      await page.evaluate(() => void window.seen.splice(0));
      await page.click(selector);
      if (sign) await eventually(() => page.evaluate(() => window.seen)).toContain(sign);
      expect(await dead(page, collector)).toEqual([]);
    });
  }

  test('are not recorded if the effect comes a second later', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options });
    await page.click('#later');
    await page.clock.runFor(1_000);
    await expect(page.locator('#plain')).toBeHidden();
    expect(await dead(page, collector)).toEqual([]);
    await page.click('#dead');
    expect(await dead(page, collector)).toEqual([{ event: 'dead_click', element: '#dead' }]);
  });

  test('are not recorded where an effect may be invisible to the page', async ({
    page,
    open,
    collector,
  }) => {
    await stopTime(page);
    await open(PAGE, { options });
    for (const selector of UNCERTAIN) {
      await page.click(selector, { force: true });
      expect(await dead(page, collector), selector).toEqual([]);
    }
  });

  test('are not recorded if the page is left before the time is up', async ({
    page,
    open,
    collector,
  }) => {
    await stopTime(page);
    await open(PAGE, { options });
    await page.click('#dead');
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow')));
    expect(await dead(page, collector)).toEqual([]);
  });

  test('are not recorded if dead is false', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options: { capture: { clicks: { dead: false } } } });
    await page.click('#dead');
    expect(await dead(page, collector)).toEqual([]);
  });
});

async function middleOf(page: Page, selector: string): Promise<[number, number]> {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`${selector} has no box`);
  return [box.x + box.width / 2, box.y + box.height / 2];
}
