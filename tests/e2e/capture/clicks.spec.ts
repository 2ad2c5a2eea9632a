// Clicks.

import type { Page } from '@playwright/test';
import { eventually, expect, test } from '../fixtures.ts';
import { clicked, options, PAGE } from './clicks_page.ts';
import { recorded } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

// A tall viewport shows the whole page. Otherwise a click on `#` would scroll, and a scroll means that a click works.
test.use({ viewport: { width: 1280, height: 1600 } });
test.describe('clicks', () => {
  test('a click on a link has its URL and link type', async ({ page, pages, open, collector }) => {
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

  test('the option downloads sets which file extensions are downloads', async ({
    page,
    open,
    collector,
  }) => {
    await open(PAGE, { options: { capture: { clicks: { downloads: ['xyz'] } } } });
    const types = (await clicked(page, collector, ['#strange', '#report', '#named'])).map(
      ({ link_type }) => link_type,
    );
    expect(types).toEqual(['download', 'internal', 'download']);
  });

  test('clicks on links in SVG are recorded', async ({ page, pages, open, collector }) => {
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

  test('clicks on buttons of all kinds are recorded, and clicks on other elements are not', async ({
    page,
    open,
    collector,
  }) => {
    await open(PAGE, { options });
    const selectors = [
      '#button b',
      '#cross',
      '#generated-12345',
      '#input-button',
      '#role-button',
      '#role-item',
      '#summary',
      // Clicks on these are not recorded.
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

  test('the text is cut and never contains typed or masked text', async ({
    page,
    open,
    collector,
  }) => {
    await open(PAGE, { options });
    const texts = (
      await clicked(page, collector, ['#long', '#form-button', '#masked', '#edited'])
    ).map(({ element_text }) => element_text);
    expect(texts).toEqual([`${'0123456789 '.repeat(9)}…`, 'Order now', undefined, undefined]);
    expect(JSON.stringify(await collector.logs())).not.toContain('secret');
  });

  test('data-track-* attributes of an element and its ancestors become fields', async ({
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

  test('a click on a label is recorded once', async ({ page, open, collector }) => {
    await open(PAGE, { options });
    await page.locator('#marked-label').click({ position: { x: 3, y: 8 } });
    await expect(page.locator('#marked-check')).toBeChecked();
    expect(await recorded(page, collector)).toHaveLength(1);
    await page.click('#marked-check');
    expect(await recorded(page, collector)).toHaveLength(2);
  });

  test('a click inside a shadow root is recorded with its inner element', async ({
    page,
    open,
    collector,
  }) => {
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

  test('a click on slotted content is recorded on the button in the shadow root', async ({
    page,
    open,
    collector,
  }) => {
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

  test('clicks on choices and masked elements have no text', async ({ page, open, collector }) => {
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

  test('a held press is a click with the text before it, and a drag to another element is none', async ({
    page,
    open,
    collector,
  }) => {
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

  test('middle clicks on links and the keyboard are clicks, right clicks and scripts are not', async ({
    page,
    context,
    open,
    collector,
  }) => {
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

  test('a click that leaves the page is recorded', async ({ page, pages, open, collector }) => {
    await open(PAGE, { options });
    await page.evaluate(() => document.body.setAttribute('data-go', ''));
    await page.click('#internal');
    await page.waitForURL('**/next.html*');
    await eventually(async () => (await collector.logs()).map(({ link_url }) => link_url)).toEqual([
      `${pages.origin}/next.html?utm_source=a`,
    ]);
  });

  test('a click whose propagation the page stops is recorded', async ({
    page,
    open,
    collector,
  }) => {
    await open(PAGE, { options });
    await page.evaluate(() =>
      document.addEventListener('click', (event) => event.stopImmediatePropagation(), true),
    );
    await page.click('#button');
    expect(await recorded(page, collector)).toMatchObject([{ element: '#button' }]);
  });
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  open,
  collector,
}) => {
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
