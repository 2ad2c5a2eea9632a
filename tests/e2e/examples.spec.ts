// Each example does what its page says.
import { fileURLToPath } from 'node:url';
import { type Collector, eventually, expect, test } from './fixtures.ts';

const siteOf = (example: string) => [
  '--site',
  fileURLToPath(new URL(`../../build/examples/${example}`, import.meta.url)),
];

const eventsOf = async (collector: Collector) => (await collector.logs()).map(({ event }) => event);

test.describe('script tag', () => {
  test.use({ collectorFlags: siteOf('script-tag') });

  test('records the page, the click and the event of the page', async ({ page, collector }) => {
    await page.goto(collector.url);
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.goto('about:blank');
    await eventually(() => eventsOf(collector)).toEqual(
      expect.arrayContaining(['page_view', 'click', 'add_to_cart']),
    );
  });
});

test.describe('consent banner', () => {
  test.use({ collectorFlags: siteOf('consent-banner') });

  test('stores and sends nothing before the visitor agrees, then what came before as well', async ({
    page,
    collector,
  }) => {
    await page.goto(collector.url);
    await page.getByRole('heading').click();
    const stored = await page.evaluate(async () => [
      Object.keys(localStorage),
      (await indexedDB.databases()).map(({ name }) => name),
    ]);
    expect(stored).toEqual([[], []]);
    expect(await collector.batches()).toEqual([]);
    await page.getByRole('button', { name: 'Yes' }).click();
    await expect(page.getByRole('button', { name: 'Yes' })).toBeHidden();
    await page.goto('about:blank');
    await eventually(() => eventsOf(collector)).toContain('page_view');
  });

  test('records nothing of a visitor who says no, on this page and the next', async ({
    page,
    collector,
  }) => {
    await page.goto(collector.url);
    await page.getByRole('button', { name: 'No' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Ask me again' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByRole('heading').click();
    await page.goto('about:blank');
    // A visit in which the visitor agreed shows that events do arrive; those of the first page do not.
    await eventually(() => eventsOf(collector)).not.toEqual([]);
    const pages = new Set((await collector.logs()).map((log) => log.page_load_id));
    expect(pages.size).toBe(1);
  });
});

test.describe('own plug-in', () => {
  test.use({ collectorFlags: siteOf('own-plug-in') });

  test('records that something was copied', async ({ page, collector }) => {
    await page.goto(collector.url);
    await page.getByText('Copy this text').selectText();
    await page.keyboard.press('Control+C');
    await page.goto('about:blank');
    await eventually(() => eventsOf(collector)).toContain('copy');
    const logs = await collector.logs();
    expect(logs.find(({ event }) => event === 'copy')).toMatchObject({ event: 'copy', tag: 'P' });
  });
});
