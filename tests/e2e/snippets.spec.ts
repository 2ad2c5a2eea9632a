// Runs the snippets of the README and the guides unchanged, except that the endpoint is the collector.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { type Collector, eventually, expect, expectStored, test } from './fixtures.ts';

const root = new URL('../../', import.meta.url);
const ENDPOINT = 'cn-hangzhou.log.aliyuncs.com';

/** The code blocks in `language` of a document that name the endpoint. */
function snippets(document: string, language: 'html' | 'js', { url }: Collector): string[] {
  const text = readFileSync(new URL(document, root), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))]
    .map(([, block = '']) => block)
    .filter((block) => block.includes(ENDPOINT))
    .map((block) => block.replace(ENDPOINT, url));
}

/** The snippet at `index`. */
function snippet(
  document: string,
  language: 'html' | 'js',
  collector: Collector,
  index = 0,
): string {
  const block = snippets(document, language, collector)[index];
  if (!block) throw new Error(`${document} has no ${language} snippet ${index}`);
  return block;
}

// The snippet names no icon, so browsers request this one.
test.beforeEach(({ pages }) => pages.serve('/favicon.ico', ''));

test('the script tag snippet stores its event', async ({ page, pages, collector }) => {
  pages.serve('/products.html', snippet('docs/install.md', 'html', collector));
  await page.goto(`${pages.origin}/products.html`);
  await expectStored(collector, 'event', ['page_opened']);
  expect(await collector.logs()).toMatchObject([{ page: '/products.html' }]);
});

test('the npm snippet stores its event with topic and tags', async ({ page, pages, collector }) => {
  const { outputFiles } = await build({
    stdin: { contents: snippet('docs/install.md', 'js', collector), resolveDir: root.pathname },
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

test('the script tag snippet with plug-ins records a page view by itself', async ({
  page,
  pages,
  collector,
}) => {
  pages.serve('/products.html', snippet('docs/install.md', 'html', collector, 1));
  await page.goto(`${pages.origin}/products.html`);
  await page.evaluate(() => window.webtrack.tracker?.flush());
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toContain(
    'page_view',
  );
});

test('the Content-Security-Policy of the guide forbids nothing that the library does', async ({
  page,
  pages,
  collector,
}) => {
  const guide = readFileSync(new URL('docs/install.md', root), 'utf8');
  const [, policy = ''] = /^```\n(script-src .*?)^```/ms.exec(guide) ?? [];
  const allowed = policy
    .replaceAll('\n', ' ')
    .replace('https://my-project.cn-hangzhou.log.aliyuncs.com', collector.url);
  expect(allowed).toContain(collector.url);
  pages.serve(
    '/page.html',
    `<!doctype html><link rel="icon" href="data:,"><script src="/webtrack/webtrack.iife.js"
      data-host="${collector.url}" data-logstore="web"></script>`,
  );
  const csp = encodeURIComponent(`default-src 'none'; img-src data:; ${allowed}`);
  await page.goto(`${pages.origin}/page.html?csp=${csp}`);
  await page.evaluate(async () => {
    const { tracker } = window.webtrack;
    tracker?.track({ event: 'long', text: 'a '.repeat(2_000) });
    await tracker?.flush();
  });
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toEqual(
    expect.arrayContaining(['page_view', 'long']),
  );
  expect((await collector.batches()).map(({ compression }) => compression)).toContain('lz4');
});

test('the npm snippet with plug-ins records a page view and a click', async ({
  page,
  pages,
  collector,
}) => {
  const { outputFiles } = await build({
    stdin: { contents: snippet('docs/capture.md', 'js', collector), resolveDir: root.pathname },
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

test('the snippets of README.md are a tag that records by itself and an event of the page', async ({
  page,
  pages,
  collector,
}) => {
  const { outputFiles } = await build({
    stdin: { contents: snippet('README.md', 'js', collector), resolveDir: root.pathname },
    alias: { 'webtrack-wasm': '/dist/webtrack.js' },
    external: ['/dist/webtrack.js'],
    bundle: true,
    format: 'esm',
    write: false,
  });
  pages.serve('/snippet.js', outputFiles[0]?.text ?? '');
  const tag = snippet('README.md', 'html', collector);
  pages.serve('/page.html', `${tag}<script type="module" src="/snippet.js"></script>`);
  await page.goto(`${pages.origin}/page.html`);
  await page.evaluate(() => window.webtrack.tracker?.flush());
  await page.goto(`${pages.origin}/next.html`);
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toEqual(
    expect.arrayContaining(['page_view', 'add_to_cart']),
  );
});

test('the plug-in of capture.md records a copy', async ({ page, pages, open, collector }) => {
  const text = readFileSync(new URL('docs/capture.md', root), 'utf8');
  const [plugIn] = /^const copies = .*?^}\);/ms.exec(text) ?? [''];
  expect(plugIn).toContain('sink.track');
  pages.serve('/copies.js', `${plugIn} window.copies = copies;`);
  await open('script.html', { options: {} });
  await page.addScriptTag({ url: `${pages.origin}/copies.js` });
  await page.evaluate((host) => {
    const { createTracker } = window.webtrack;
    const { copies } = window as unknown as {
      copies: () => import('../../js/src/types.ts').Capture;
    };
    createTracker({ host, logstore: 'other', capture: [copies()] });
    document.body.append('a text');
    getSelection()?.selectAllChildren(document.body);
  }, collector.url);
  await page.keyboard.press('Control+C');
  await page.goto(`${pages.origin}/next.html`);
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toEqual([
    'copy',
  ]);
});
