// The dashboard shows events as the collector stores them, and every page of the demo fits its window.

import { type Collector, expect, test, WITH_SITE } from './fixtures.ts';

// A document that is left misses the last answer, so the next one may send that batch again.
test.use({ collectorFlags: WITH_SITE, mayRepeat: true });

test('an empty dashboard says that it is empty, and fills when the shop is visited', async ({
  page,
  context,
  collector,
}) => {
  await page.goto(`${collector.url}/dashboard.html`);
  await expect(page.getByText('Nothing was recorded yet')).toBeVisible();
  await expect(page.locator('#connection')).toHaveText('Live');

  const shop = await context.newPage();
  await shop.goto(`${collector.url}/product.html?id=sencha`);
  await shop.getByRole('button', { name: 'Add to cart' }).click();
  await shop.close(); // a page that is left sends at once, or its worker three seconds later

  const row = (event: string) =>
    page.getByRole('row').filter({ has: page.getByRole('button', { name: event, exact: true }) });
  await expect(row('add_to_cart')).toContainText('Spring Sencha', { timeout: 20_000 });
  await expect(row('click')).toContainText('Add to cart');
  await expect(row('page_view')).toContainText('/product.html?id=sencha');
  const counts = page.locator('#counts li');
  for (const event of ['page_view', 'click', 'add_to_cart']) {
    await expect(counts.filter({ hasText: event })).toHaveText(new RegExp(`${event}\\s*1$`));
  }
  await expect(page.locator('#pages tr')).toHaveText(/id=sencha\s*1\s*1/);
  await expect(page.locator('#pages-visits')).toHaveText('1 visitor, 1 session');
  await expect(page.getByText('Nothing was recorded yet')).toBeHidden();
});

test('the dashboard shows the totals and requests of the collector', async ({
  page,
  collector,
}) => {
  await post(collector, 'web', [{ event: 'one' }, { event: 'two' }]);
  await page.goto(`${collector.url}/dashboard.html`);
  await expect(page.locator('#total-logs')).toHaveText('2');
  await post(collector, 'web', [{ event: 'two' }]);

  const summary = { logs: '3', batches: '2', repeated: '0', refused: '0' };
  for (const [name, value] of Object.entries(summary)) {
    await expect(page.locator(`#total-${name}`)).toHaveText(value);
  }
  await expect(page.locator('#counts li')).toHaveText([/two\s*2/, /one\s*1/]);
  const rows = page.locator('#batches tr');
  await expect(rows).toHaveCount(2);
  const [older, newer] = await collector.batches();
  for (const [row, batch] of [
    [rows.nth(0), newer],
    [rows.nth(1), older],
  ] as const) {
    await expect(row.locator('.logs')).toContainText(String(batch?.logs));
    await expect(row.locator('.raw')).toContainText(String(batch?.raw_bytes));
    await expect(row.locator('.compression')).toHaveText('none');
    await expect(row.locator('.status')).toHaveText('200');
  }
});

test('the dashboard computes page statistics and Web Vitals from the events', async ({
  page,
  collector,
}) => {
  const view = { event: 'page_view', page_url: `${collector.url}/cart.html`, session_id: 's' };
  const vital = { event: 'web_vital', metric: 'INP', rating: 'good' };
  await post(collector, 'web', [
    { ...view, visitor_id: 'a' },
    { ...view, visitor_id: 'a' },
    { ...view, visitor_id: 'b', page_url: 'https://example.com/' },
    { event: 'engagement', page_url: view.page_url, engaged_ms: '3000' },
    { ...vital, metric_id: '1', value_ms: '40' },
    { ...vital, metric_id: '1', value_ms: '100' },
    { ...vital, metric_id: '2', value_ms: '1240', rating: 'poor' },
    { ...vital, metric_id: '3', metric: 'CLS', value_score: '0.031' },
  ]);
  await page.goto(`${collector.url}/dashboard.html`);
  const rows = page.locator('#pages tr');
  await expect(rows).toHaveText([/^\/cart\.html211\.50\ss$/, /^example\.com\/11–$/]);
  await expect(page.locator('#pages-visits')).toHaveText('2 visitors, 1 session');
  const vitals = page.locator('#vitals li');
  await expect(vitals).toHaveText(['LCP–0', /^INP1\.24\ss2$/, 'CLS0.031', 'FCP–0', 'TTFB–0']);

  await post(collector, 'web', [
    { ...view, visitor_id: 'c' },
    { ...vital, metric_id: '2', value_ms: '90', rating: 'good' },
  ]);
  await expect(rows.first()).toHaveText(/^\/cart\.html321\.00\ss$/);
  await expect(vitals.nth(1)).toHaveText(/^INP100\sms2$/);
});

test('a refused request is shown with its status and error code', async ({ page, collector }) => {
  await page.goto(`${collector.url}/dashboard.html`);
  await expect(page.locator('#connection')).toHaveText('Live');
  await post(collector, 'missing', [{ event: 'lost' }]);
  await expect(page.locator('#errors')).toContainText('404');
  await expect(page.locator('#errors')).toContainText('LogStoreNotExist');
  await expect(page.locator('#total-refused')).toHaveText('1');
});

test('a click on an event shows all its fields as text', async ({ page, collector }) => {
  await post(collector, 'web', [{ event: 'tea_drunk', cup: '<b>celadon</b>', 'odd name': '茶' }]);
  await page.goto(`${collector.url}/dashboard.html`);
  await page.getByRole('button', { name: 'tea_drunk' }).click();
  const record = page.getByRole('dialog');
  await expect(record).toContainText('<b>celadon</b>');
  await expect(record).toContainText('odd name');
  await expect(record).toContainText('茶');
  await page.keyboard.press('Escape');
  await expect(record).toBeHidden();
});

const PAGES = [
  '/',
  '/?category=pots',
  '/product.html?id=gooseneck-kettle',
  '/search.html?q=tea',
  '/search.html?q=nothing+of+that+name',
  '/cart.html',
  '/checkout.html',
  '/thanks.html',
  '/missing.html',
  '/dashboard.html',
];

test.describe('at phone and desktop width, in light and dark colours', () => {
  test.use({ expectedProblems: /status of 404/ });

  test('no page scrolls sideways', async ({ page, browserName, collector }) => {
    // Long values must not break the layout.
    await post(collector, 'web', [
      { event: 'long_name_'.repeat(12), page_url: '/x'.repeat(200), text: 'x'.repeat(500) },
    ]);
    await post(collector, 'missing', [{ event: 'lost' }]);
    await page.goto(collector.url);
    await page.evaluate(() => {
      localStorage.setItem('leaf-and-kiln.cart', '{"gooseneck-kettle":2,"celadon-bowl":20}');
    });
    for (const path of PAGES) {
      await page.goto(collector.url + path);
      if (path === '/dashboard.html') await expect(page.locator('#events tr')).not.toHaveCount(0);
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          const look = await page.evaluate(() => ({
            overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            background: getComputedStyle(document.body).backgroundColor,
            dark: matchMedia('(prefers-color-scheme: dark)').matches,
          }));
          const where = `${path}, ${width} pixels wide, ${colorScheme}`;
          expect(look.overflow, where).toBe(0);
          expect(brightness(look.background) < 0.5, where).toBe(look.dark);
          // Firefox under Playwright always stays light.
          if (browserName === 'chromium') expect(look.dark).toBe(colorScheme === 'dark');
        }
      }
    }
  });
});

/** 0 (black) to 1 (white) of a computed colour. */
function brightness(color: string): number {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (r + g + b) / 3 / (color.startsWith('rgb') ? 255 : 1);
}

async function post({ url }: Collector, logstore: string, logs: object[]): Promise<void> {
  await fetch(`${url}/logstores/${logstore}/track`, {
    method: 'POST',
    body: JSON.stringify({ __logs__: logs }),
  });
}
