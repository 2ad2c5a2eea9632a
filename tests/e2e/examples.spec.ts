// Each example does what its page says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { type Collector, eventually, expect, test, trackMethods } from './fixtures.ts';

const siteOf = (example: string) => [
  '--site',
  fileURLToPath(new URL(`../../build/examples/${example}`, import.meta.url)),
];

const eventsOf = async (collector: Collector) => (await collector.logs()).map(({ event }) => event);

/** Page views, clicks and the example's own events, in the order in which they happened, with their page. */
const visitOf = async (collector: Collector) =>
  (await collector.logs())
    .filter(({ event }) => ['page_view', 'click', 'add_to_cart'].includes(String(event)))
    .sort((a, b) => Number(a.ts) - Number(b.ts) || Number(a.seq) - Number(b.seq))
    .map(({ event, page_url, page_title, element_text, product_id }) =>
      [event, new URL(String(page_url)).pathname, page_title ?? element_text ?? product_id].join(
        ' ',
      ),
    );

/** Follows a link of an application, and waits until its route is shown. */
async function follow(page: Page, link: string, path: RegExp): Promise<void> {
  await page.getByRole('link', { name: link }).click();
  await expect(page.getByRole('heading', { name: link })).toBeVisible();
  await expect(page).toHaveTitle(link);
  await expect(page).toHaveURL(path);
}

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

test.describe('Vite', () => {
  test.use({ collectorFlags: siteOf('vite') });

  test('records the page, the click and the event of the page', async ({ page, collector }) => {
    await page.goto(collector.url);
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.goto('about:blank');
    await eventually(() => visitOf(collector)).toEqual([
      'page_view / Vite',
      'click / Add to cart',
      'add_to_cart / 7',
    ]);
  });
});

for (const example of ['react', 'vue']) {
  test.describe(example, () => {
    test.use({
      collectorFlags: siteOf(example),
      // The collector answers the address of a route with the application, but with this status.
      expectedProblems: /status of 404/,
    });

    test('records each route once, the clicks and the event of the page', async ({
      page,
      collector,
    }) => {
      await page.goto(`${collector.url}/teas/sencha`);
      await follow(page, 'Home', /\d\/$/);
      await follow(page, 'Teas', /\/teas$/);
      await follow(page, 'Sencha', /\/teas\/sencha$/);
      await page.getByRole('button', { name: 'Add to cart' }).click();
      await page.goto('about:blank');
      await eventually(() => visitOf(collector)).toEqual([
        'page_view /teas/sencha Sencha',
        'click /teas/sencha Home',
        'page_view / Home',
        'click / Teas',
        'page_view /teas Teas',
        'click /teas Sencha',
        'page_view /teas/sencha Sencha',
        'click /teas/sencha Add to cart',
        'add_to_cart /teas/sencha sencha',
      ]);
    });
  });
}

test.describe('Next', () => {
  test.use({ collectorFlags: siteOf('next') });

  /** Waits until React runs the page. Until then a link leaves the document, and nothing is recorded. */
  const runs = (page: Page) =>
    eventually(() =>
      page.evaluate(() =>
        Object.keys(document.links[0] ?? {}).some((key) => key.startsWith('__reactProps')),
      ),
    ).toBe(true);

  test('records each route once, the clicks and the event of the page', async ({
    page,
    collector,
  }) => {
    await page.goto(`${collector.url}/teas/`);
    await runs(page);
    await follow(page, 'Home', /\d\/$/);
    await follow(page, 'Teas', /\/teas\/$/);
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.goto('about:blank');
    await eventually(() => visitOf(collector)).toEqual([
      'page_view /teas/ Teas',
      'click /teas/ Home',
      'page_view / Home',
      'click / Teas',
      'page_view /teas/ Teas',
      'click /teas/ Add to cart',
      'add_to_cart /teas/ sencha',
    ]);
  });
});

/** Runs nginx in front of `collector` while `use` runs. */
async function throughNginx(collector: string, use: (address: string) => Promise<void>) {
  const program = fileURLToPath(new URL('../../scripts/nginx.mjs', import.meta.url));
  const nginx = spawn(process.execPath, [program, '--collector', collector], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: nginx.stdout }), 'line');
  try {
    await use(JSON.parse(line).url);
  } finally {
    nginx.kill();
    await once(nginx, 'close');
  }
}

test.describe('nginx', () => {
  test('passes on what the page records, which needs no preflight', async ({ page, collector }) => {
    await throughNginx(collector.url, async (address) => {
      await page.goto(address);
      await page.getByRole('button', { name: 'Add to cart' }).click();
      await page.goto('about:blank');
      await eventually(() => visitOf(collector)).toEqual([
        'page_view / First-party path',
        'click / Add to cart',
        'add_to_cart / 7',
      ]);
    });
    expect(trackMethods(collector)).not.toContain('OPTIONS');
  });

  test('passes on no cookie and no other path', async () => {
    const requests: IncomingMessage[] = [];
    const endpoint = createServer((request, response) => {
      requests.push(request);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    const { port } = endpoint.address() as AddressInfo;
    await throughNginx(`http://127.0.0.1:${port}`, async (address) => {
      const headers = { cookie: 'session=secret', authorization: 'Basic secret' };
      const statusOf = async (path: string) =>
        (await fetch(address + path, { method: 'POST', headers })).status;
      expect(await statusOf('/collect/logstores/web/track?APIVersion=0.6.0')).toBe(200);
      expect(await statusOf('/collect/api/logs')).not.toBe(200);
    });
    expect(requests.map(({ url }) => url)).toEqual(['/logstores/web/track?APIVersion=0.6.0']);
    expect(JSON.stringify(requests[0]?.headers)).not.toContain('secret');
    endpoint.close();
  });
});
