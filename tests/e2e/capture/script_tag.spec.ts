// A script tag that carries the options as attributes.

import { asTracked, eventually, expect, test } from '../fixtures.ts';
import { watchTraces } from './undone.ts';

const pageWith = (attributes: string, body = '') => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>By its tag</title>
    <link rel="icon" href="data:,">
    <script src="/dist/webtrack.iife.js" ${attributes}></script>
  </head>
  <body>${body}</body>
</html>`;

test.describe('with the default plug-ins', () => {
  test.use({ expectedProblems: /mine/ });

  test('the tag makes a tracker with all plug-ins of autocapture', async ({
    page,
    pages,
    collector,
  }) => {
    pages.serve(
      '/tag.html',
      pageWith(
        `data-host="${collector.url}" data-logstore="web" data-topic="shop" data-cfasync="false"`,
        `<button type="button" data-track-product-id="7">Buy</button>
      <input id="name"><p data-track-view="offer">Offer</p>`,
      ),
    );
    await page.goto(`${pages.origin}/tag.html`);
    await page.getByText('Buy').click();
    await page.fill('#name', 'secret');
    await page.evaluate(() => void setTimeout(() => reportError(new Error('mine'))));
    const names = ['page_view', 'click', 'form_field', 'error', 'element_view', 'web_vital'];
    await page.mouse.click(500, 300);
    await eventually(async () => {
      await page.evaluate(() => window.webtrack.tracker?.flush());
      return (await collector.logs()).map(({ event }) => event);
    }).toEqual(expect.arrayContaining(names));
    const logs = asTracked(await collector.logs());
    const click = logs.find(({ event }) => event === 'click');
    expect(click).toMatchObject({
      __topic__: 'shop',
      element: 'html > body > button',
      element_text: 'Buy',
      product_id: '7',
      page_url: `${pages.origin}/tag.html`,
      visitor_id: expect.stringMatching(/./),
      session_id: expect.stringMatching(/./),
      '__tag__:user_agent': expect.stringMatching(/Mozilla/),
    });
  });
});

test('data-capture selects the plug-ins', async ({ page, pages, collector }) => {
  pages.serve(
    '/tag.html',
    pageWith(
      `data-host="${collector.url}" data-logstore="web" data-capture="clicks context"`,
      '<button type="button">Buy</button>',
    ),
  );
  await page.goto(`${pages.origin}/tag.html`);
  await page.getByText('Buy').click();
  await page.evaluate(() => window.webtrack.tracker?.flush());
  await eventually(async () => (await collector.logs()).length).toBe(1);
  const [click] = await collector.logs();
  expect(click).toMatchObject({
    event: 'click',
    element_text: 'Buy',
    '__tag__:user_agent': expect.stringMatching(/Mozilla/),
  });
  expect(click).not.toHaveProperty('visitor_id');
});

// In Firefox Playwright itself adds listeners meanwhile.
test('a script tag without options adds nothing to the page @chromium', async ({ page, pages }) => {
  await watchTraces(page);
  const looking = '<script>(window.looks ??= []).push(window.traces())</script>';
  pages.serve('/tag.html', pageWith('', looking).replace('<script', `${looking}<script`));
  await page.goto(`${pages.origin}/tag.html`);
  const [before, after] = await page.evaluate(() => {
    const { looks } = window as unknown as { looks: ReturnType<typeof window.traces>[] };
    return looks.map(({ left, functions }) => [left, functions.map(String)]);
  });
  expect(before).toBeDefined();
  expect(after).toEqual(before);
});

test.describe('a wrong plug-in name', () => {
  test.use({ expectedProblems: /there is no plug-in "clicsk"/ });

  test('throws an error that names it, and other scripts still run', async ({
    page,
    pages,
    collector,
  }) => {
    pages.serve(
      '/tag.html',
      pageWith(
        `data-host="${collector.url}" data-logstore="web" data-capture="clicsk"`,
        '<script>window.after = 1</script>',
      ),
    );
    const failed = page.waitForEvent('pageerror');
    await page.goto(`${pages.origin}/tag.html`);
    expect(String(await failed)).toContain(
      'webtrack: there is no plug-in "clicsk" for data-capture; there are auto, autocapture, clicks, context, ',
    );
    expect(await page.evaluate(() => (window as { after?: number }).after)).toBe(1);
  });
});
