// The snippets of README.md are run as they stand, but for the endpoint, which is the collector.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { type Collector, eventually, expect, expectStored, test } from './fixtures.ts';

const root = new URL('../../', import.meta.url);

/** The first block of a language in a section of README.md. */
function snippet(title: 'Use it' | 'Capture', language: 'html' | 'js', { url }: Collector): string {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const [, after = ''] = readme.split(`\n## ${title}\n`);
  const [section = ''] = after.split('\n## ');
  const block = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(section)?.[1];
  const endpoint = 'cn-hangzhou.log.aliyuncs.com';
  if (!block?.includes(endpoint)) throw new Error(`"${title}" has no such ${language} snippet`);
  return block.replace(endpoint, url);
}

// Asked for by browsers, as the snippet names no icon.
test.beforeEach(({ pages }) => pages.serve('/favicon.ico', ''));

test('the snippet for a script tag', async ({ page, pages, collector }) => {
  pages.serve('/products.html', snippet('Use it', 'html', collector));
  await page.goto(`${pages.origin}/products.html`);
  await expectStored(collector, 'event', ['page_view']);
  expect(await collector.logs()).toMatchObject([{ page: '/products.html' }]);
});

test('the snippet for npm', async ({ page, pages, collector }) => {
  const { outputFiles } = await build({
    stdin: { contents: snippet('Use it', 'js', collector), resolveDir: root.pathname },
    alias: { 'webtrack-wasm': '/dist/webtrack.js' },
    external: ['/dist/webtrack.js'],
    bundle: true,
    format: 'esm',
    write: false,
  });
  pages.serve('/snippet.js', outputFiles[0]?.text ?? '');
  pages.serve('/page.html', '<!doctype html><script type="module" src="/snippet.js"></script>');
  await page.goto(`${pages.origin}/page.html`);
  await expectStored(collector, 'event', ['add_to_cart']);
  expect(await collector.logs()).toMatchObject([
    {
      event: 'add_to_cart',
      product_id: '7',
      price_cents: '1250',
      options: '["large","green"]',
      __topic__: 'shop',
      '__tag__:release': '42',
    },
  ]);
});

test('the snippet of a script tag that records by itself', async ({ page, pages, collector }) => {
  pages.serve('/products.html', snippet('Capture', 'html', collector));
  await page.goto(`${pages.origin}/products.html`);
  await page.evaluate(() => window.webtrack.tracker?.flush());
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toContain(
    'page_view',
  );
});

test('the snippet for npm with plug-ins', async ({ page, pages, collector }) => {
  const { outputFiles } = await build({
    stdin: { contents: snippet('Capture', 'js', collector), resolveDir: root.pathname },
    alias: { 'webtrack-wasm': '/dist/webtrack.js', 'webtrack-wasm/capture': '/dist/capture.js' },
    external: ['/dist/*'],
    bundle: true,
    format: 'esm',
    write: false,
  });
  pages.serve('/snippet.js', outputFiles[0]?.text ?? '');
  pages.serve(
    '/page.html',
    '<!doctype html><button>Buy</button><script type="module" src="/snippet.js"></script>',
  );
  await page.goto(`${pages.origin}/page.html`);
  await page.getByText('Buy').click();
  await eventually(async () => (await collector.logs()).map(({ event }) => event).sort()).toEqual([
    'click',
    'page_view',
  ]);
  for (const log of await collector.logs()) expect(log.visitor_id).toMatch(/./);
});
