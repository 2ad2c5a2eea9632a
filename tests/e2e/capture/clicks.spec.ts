// What a visitor clicks, and what comes of it.

import type { Page } from '@playwright/test';
import { type Collector, eventually, expect, test } from '../fixtures.ts';
import { recorded, stopTime } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

declare global {
  interface Window {
    /** Types of some events that the page has heard. */
    seen: string[];
  }
}

// All that is clicked is in sight: `#` leads to the top, and the way there is a sign of life.
test.use({ viewport: { width: 1280, height: 1600 } });

const PAGE = 'capture/clicks.html';
const options = { capture: { clicks: {} } } as const;
const DEAD_MS = 2_500;
const RAGE_MS = 1_000;

/** Clicks these, one after the other, and answers what was recorded of each. */
async function clicked(page: Page, collector: Collector, selectors: readonly string[]) {
  for (const selector of selectors)
    await page.locator(selector).click({ position: { x: 3, y: 3 } });
  return recorded(page, collector, 'click');
}

/** When the only event of that name happened. */
async function timeOf(collector: Collector, name: string): Promise<number> {
  const times = (await collector.logs()).filter(({ event }) => event === name).map(({ ts }) => ts);
  expect(times).toHaveLength(1);
  return Number(times[0]);
}

const now = (page: Page) => page.evaluate(() => Date.now());

test.describe('clicks', () => {
  test('links, by where they lead', async ({ page, pages, open, collector }) => {
    await open(PAGE, { options });
    const link = (id: string, text: string, url: string, type?: string) => ({
      event: 'click',
      element: `#${id}`,
      element_tag: 'a',
      element_text: text,
      link_url: url,
      ...(type && { link_type: type }),
    });
    const { origin } = pages;
    expect(
      await clicked(page, collector, [
        '#internal',
        '#outbound',
        '#mailto',
        '#tel',
        '#report',
        '#named',
        '#strange',
        '#script',
        '#broken',
        '#placeholder',
      ]),
    ).toEqual([
      link('internal', 'Next page', `${origin}/next.html?utm_source=a`, 'internal'),
      link('outbound', 'Elsewhere', 'https://example.com/path', 'outbound'),
      link('mailto', 'Write', 'mailto:someone@example.com', 'mailto'),
      link('tel', 'Call', 'tel:+491234', 'tel'),
      link('report', 'Report', `${origin}/files/Report.PDF`, 'download'),
      link('named', 'Data', `${origin}/files/data`, 'download'),
      link('strange', 'Odd', `${origin}/files/odd.xyz`, 'internal'),
      link('script', 'Script', 'javascript:'),
      link('broken', 'Broken', 'http://['),
    ]);
  });

  test('file endings of downloads are an option', async ({ page, open, collector }) => {
    await open(PAGE, { options: { capture: { clicks: { downloads: ['xyz'] } } } });
    const types = (await clicked(page, collector, ['#strange', '#report', '#named'])).map(
      ({ link_type }) => link_type,
    );
    expect(types).toEqual(['download', 'internal', 'download']);
  });

  test('links in drawings', async ({ page, pages, open, collector }) => {
    await open(PAGE, { options });
    await page.click('#svg-text');
    await page.click('#circle');
    expect(await recorded(page, collector)).toEqual([
      {
        event: 'click',
        element: '#svg-link',
        element_tag: 'a',
        element_text: 'Drawn',
        link_url: `${pages.origin}/next.html`,
        link_type: 'internal',
      },
      {
        event: 'click',
        element: '#xlink',
        element_tag: 'a',
        link_url: 'https://example.com/drawn',
        link_type: 'outbound',
      },
    ]);
  });

  test('buttons of all kinds, and nothing else', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    const selectors = [
      '#button b',
      '#cross',
      '#generated-12345',
      '#input-button',
      '#role-button',
      '#role-item',
      '#summary',
      // Of these nothing is recorded.
      '#plain',
      '#text',
      '#check',
      '#label',
      '#role-list',
      '#only-asks',
    ];
    expect(await clicked(page, collector, selectors)).toEqual([
      { event: 'click', element: '#button', element_tag: 'button', element_text: 'Press me' },
      {
        event: 'click',
        element: 'html > body > main > button',
        element_tag: 'button',
        element_text: 'Close',
      },
      {
        event: 'click',
        element: 'html > body > main > button.primary.large',
        element_tag: 'button',
        element_text: 'Generated',
      },
      { event: 'click', element: '#input-button', element_tag: 'input' },
      { event: 'click', element: '#role-button', element_tag: 'div', element_text: 'Role' },
      { event: 'click', element: '#role-item', element_tag: 'div', element_text: 'Item' },
      { event: 'click', element: '#summary', element_tag: 'summary', element_text: 'More' },
    ]);
  });

  test('text is short and never what a visitor has typed', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    const texts = (
      await clicked(page, collector, ['#long', '#form-button', '#masked', '#edited'])
    ).map(({ element_text }) => element_text);
    expect(texts).toEqual([`${'0123456789 '.repeat(9)}…`, 'Order now', undefined, undefined]);
    expect(JSON.stringify(await collector.logs())).not.toContain('secret');
  });

  test('data-track-* attributes, of the element or around it', async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await open(PAGE, { options });
    const before = Date.now();
    expect(
      await clicked(page, collector, ['#in-marked', '#text-in-marked', '#marked', '#mark']),
    ).toEqual([
      {
        event: 'click',
        element: '#in-marked',
        element_tag: 'button',
        element_text: 'Inside',
        link_url: 'mine',
        list: 'offers',
      },
      {
        event: 'click',
        element: 'html > body > section',
        element_tag: 'section',
        element_text: 'Inside Text Own Part Agree',
        link_url: 'mine',
        list: 'offers',
      },
      {
        event: 'click',
        element: '#marked',
        element_tag: 'button',
        element_text: 'Own',
        product_id: '7',
      },
      {
        event: 'click',
        element: '#marked-within',
        element_tag: 'a',
        element_text: 'Part',
        link_url: `${pages.origin}/next.html`,
        link_type: 'internal',
        part: 'title',
      },
    ]);
    for (const { ts } of await collector.logs()) expect(Number(ts)).toBeGreaterThanOrEqual(before);
  });

  test('a label and its field are one click', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    await page.locator('#marked-label').click({ position: { x: 3, y: 8 } });
    await expect(page.locator('#marked-check')).toBeChecked();
    expect(await recorded(page, collector)).toHaveLength(1);
    await page.click('#marked-check');
    expect(await recorded(page, collector)).toHaveLength(2);
  });

  test('within shadow roots', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    await page.click('#shadow-text');
    expect(await recorded(page, collector)).toEqual([
      {
        event: 'click',
        element: '#shadow-host >> #shadow-link',
        element_tag: 'a',
        element_text: 'In a shadow',
        link_url: 'https://example.com/shadow',
        link_type: 'outbound',
      },
    ]);
  });

  test('what is put into slots of shadow roots', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    expect(await clicked(page, collector, ['#slotted', '#text-host'])).toEqual([
      {
        event: 'click',
        element: '#slot-host >> #slot-button',
        element_tag: 'button',
        element_text: 'Buy now',
      },
      {
        event: 'click',
        element: '#text-host >> #slot-button',
        element_tag: 'button',
        element_text: 'Plain text',
      },
    ]);
  });

  test('what a visitor chooses, and what is masked, is not told', async ({
    page,
    open,
    collector,
  }) => {
    await open(PAGE, { options });
    const all = await clicked(page, collector, [
      '#choice',
      '#box',
      '#menu-choice',
      '#menu-box',
      '#masked-mail',
    ]);
    expect(all).toEqual([
      { event: 'click', element: '#choice', element_tag: 'li' },
      { event: 'click', element: '#box', element_tag: 'div' },
      { event: 'click', element: '#menu-choice', element_tag: 'div' },
      { event: 'click', element: '#menu-box', element_tag: 'div' },
      { event: 'click', element: '#masked-mail', element_tag: 'a', link_type: 'mailto' },
    ]);
  });

  test('a press that is held, and one that ends elsewhere', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    await page.evaluate(() => {
      const button = document.getElementById('button') as HTMLElement;
      button.addEventListener('pointerdown', () => {
        setTimeout(() => button.replaceChildren('Held'), 100);
      });
    });
    const [buttonX, buttonY] = await middleOf(page, '#button');
    await page.mouse.move(buttonX, buttonY);
    await page.mouse.down();
    await expect(page.locator('#button')).toHaveText('Held');
    await page.mouse.up();
    const [x, y] = await middleOf(page, '#dead');
    await page.mouse.move(x, y);
    await page.mouse.down();
    const [otherX, otherY] = await middleOf(page, '#role-button');
    await page.mouse.move(otherX, otherY);
    await page.mouse.up();
    await page.focus('#summary');
    await page.keyboard.press('Enter');
    expect(await recorded(page, collector, 'click')).toEqual([
      { event: 'click', element: '#button', element_tag: 'button', element_text: 'Press me' },
      { event: 'click', element: '#summary', element_tag: 'summary', element_text: 'More' },
    ]);
  });

  test('other buttons, the keyboard, and scripts', async ({ page, context, open, collector }) => {
    await open(PAGE, { options });
    const tab = context.waitForEvent('page');
    await page.click('#tab', { button: 'middle' });
    await (await tab).close();
    await page.click('#internal', { button: 'right' });
    await page.click('#button', { button: 'middle' });
    await page.focus('#outbound');
    await page.keyboard.press('Enter');
    await page.focus('#button');
    await page.keyboard.press('Space');
    await page.evaluate(() => {
      document.getElementById('role-button')?.click();
      document.getElementById('button')?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    });
    const elements = (await recorded(page, collector)).map(({ event, element }) => [
      event,
      element,
    ]);
    expect(elements).toEqual([
      ['click', '#tab'],
      ['click', '#outbound'],
      ['click', '#button'],
    ]);
  });

  test('a click that leaves the page', async ({ page, pages, open, collector }) => {
    await open(PAGE, { options });
    await page.evaluate(() => document.body.setAttribute('data-go', ''));
    await page.click('#internal');
    await page.waitForURL('**/next.html*');
    await eventually(async () => (await collector.logs()).map(({ link_url }) => link_url)).toEqual([
      `${pages.origin}/next.html?utm_source=a`,
    ]);
  });

  test('a page whose own listeners stop everything', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    await page.evaluate(() =>
      document.addEventListener('click', (event) => event.stopImmediatePropagation(), true),
    );
    await page.click('#button');
    expect(await recorded(page, collector)).toMatchObject([{ element: '#button' }]);
  });
});

test.describe('rage clicks', () => {
  const rage = (page: Page, collector: Collector) => recorded(page, collector, 'rage_click');

  test('are one event with the final count', async ({ page, open, collector }) => {
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

  test('also on what cannot be clicked, until the page is left', async ({
    page,
    open,
    collector,
  }) => {
    await open(PAGE, { options });
    await page.click('#plain', { clickCount: 3 });
    await page.goto(new URL('/next.html', page.url()).href);
    await eventually(async () => (await collector.logs()).map(({ clicks }) => clicks)).toEqual([
      '3',
    ]);
  });

  test('a second series is another event', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options });
    for (const selector of ['#dead', '#plain']) await page.click(selector, { clickCount: 3 });
    await page.clock.runFor(RAGE_MS);
    expect(await rage(page, collector)).toEqual([
      { event: 'rage_click', element: '#dead', clicks: '3' },
      { event: 'rage_click', element: '#plain', clicks: '3' },
    ]);
  });

  test('are none when few, slow, far apart, typed, or in a field', async ({
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
    for (const way of [-45, 0, 45]) await page.mouse.click(x + way, y);
    await page.click('#text', { clickCount: 3 });
    await page.focus('#button');
    for (let n = 0; n < 3; n++) await page.keyboard.press('Enter');
    await page.locator('#label').click({ position: { x: 40, y: 8 }, clickCount: 2 });
    await page.clock.runFor(RAGE_MS);
    expect(await rage(page, collector)).toEqual([]);
  });

  test('can be switched off', async ({ page, open, collector }) => {
    await open(PAGE, { options: { capture: { clicks: { rage: false } } } });
    await page.click('#plain', { clickCount: 3 });
    await page.evaluate(() => window.tracker.shutdown());
    expect(await rage(page, collector)).toEqual([]);
  });
});

test.describe('dead clicks', () => {
  /** Lets the time pass in which something might have happened. */
  async function dead(page: Page, collector: Collector) {
    await page.clock.runFor(DEAD_MS);
    return recorded(page, collector, 'dead_click');
  }

  for (const [name, selector, element] of [
    ['a button', '#dead', '#dead'],
    ['a role', '#dead-role', '#dead-role'],
    ['a link to nowhere', '#dead-link', '#dead-link'],
    ['a link to no script', '#dead-script', '#dead-script'],
    ['a button of a shadow root', '#shadow-dead', '#shadow-host >> #shadow-dead'],
    ['a button that only asks the server', '#requests', '#requests'],
    ['a link whose way the page has barred', '#internal', '#internal'],
  ] as const) {
    test(`${name} that does nothing`, async ({ page, open, collector }) => {
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

  test('by the keyboard, and once for many', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options });
    await page.focus('#dead');
    await page.keyboard.press('Enter');
    expect(await dead(page, collector)).toHaveLength(1);
    for (let n = 0; n < 4; n++) await page.click('#dead');
    expect(await dead(page, collector)).toHaveLength(2);
  });

  for (const [selector, sign] of [
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
  ] as const) {
    test(`${selector} is alive`, async ({ page, open, collector }) => {
      await stopTime(page);
      await open(PAGE, { options });
      await page.evaluate(() => void window.seen.splice(0));
      await page.click(selector);
      if (sign) await eventually(() => page.evaluate(() => window.seen)).toContain(sign);
      expect(await dead(page, collector)).toEqual([]);
    });
  }

  test('what happens later is not missed', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options });
    await page.click('#later');
    await page.clock.runFor(1_000);
    await expect(page.locator('#plain')).toBeHidden();
    expect(await dead(page, collector)).toEqual([]);
    await page.click('#dead');
    expect(await dead(page, collector)).toEqual([{ event: 'dead_click', element: '#dead' }]);
  });

  test('what cannot be told is none', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options });
    for (const selector of [
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
    ]) {
      await page.click(selector, { force: true });
      expect(await dead(page, collector), selector).toEqual([]);
    }
  });

  test('a view that ends settles it', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options });
    await page.click('#dead');
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow')));
    expect(await dead(page, collector)).toEqual([]);
  });

  test('can be switched off', async ({ page, open, collector }) => {
    await stopTime(page);
    await open(PAGE, { options: { capture: { clicks: { dead: false } } } });
    await page.click('#dead');
    expect(await dead(page, collector)).toEqual([]);
  });
});

test('stop really stops', async ({ page, open, collector }) => {
  await watchTraces(page);
  await open(PAGE);
  await expectUndone(page, collector.url, options.capture, async () => {
    await page.click('#dead', { clickCount: 3 });
  });
  await eventually(async () =>
    (await collector.logs({ logstore: 'other' })).map(({ event }) => event),
  ).toEqual(['click', 'click', 'click', 'rage_click']);
});

async function middleOf(page: Page, selector: string): Promise<[number, number]> {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`${selector} has no box`);
  return [box.x + box.width / 2, box.y + box.height / 2];
}
