// The snippets of README.md are run as they stand, but for the endpoint, which is the collector.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { type Collector, expect, expectStored, test } from './fixtures.ts';

const root = new URL('../../', import.meta.url);

/** The first block of a language in README.md's section "Use it". */
function snippet(language: 'html' | 'js', { url }: Collector): string {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const section = readme.slice(readme.indexOf('\n## Use it\n'), readme.indexOf('\n## Options\n'));
  const block = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(section)?.[1];
  const endpoint = "'cn-hangzhou.log.aliyuncs.com'";
  if (!block?.includes(endpoint)) throw new Error(`"Use it" has no such ${language} snippet`);
  return block.replace(endpoint, `'${url}'`);
}

// Asked for by browsers, as the snippet names no icon.
test.beforeEach(({ pages }) => pages.serve('/favicon.ico', ''));

test('the snippet for a script tag', async ({ page, pages, collector }) => {
  pages.serve('/webtrack.iife.js', readFileSync(new URL('dist/webtrack.iife.js', root), 'utf8'));
  pages.serve('/products.html', snippet('html', collector));
  await page.goto(`${pages.origin}/products.html`);
  await expectStored(collector, 'event', ['page_view']);
  expect(await collector.logs()).toMatchObject([{ page: '/products.html' }]);
});

test('the snippet for npm', async ({ page, pages, collector }) => {
  const { outputFiles } = await build({
    stdin: { contents: snippet('js', collector), resolveDir: root.pathname },
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
