// The script of a tag, `<script src="webtrack.iife.js">`, with the other files beside it.

import { expect, expectStored, test } from './fixtures.ts';

const EVENT = { event: 'hello', from: 'script '.repeat(80) };

test('stores an event under its global, compressed, with topic, source and tags', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', {
    options: { topic: 'shop', source: 'test', tags: { site: 'e2e' } },
    events: [EVENT, EVENT, EVENT],
    flush: true,
  });
  await expectStored(collector, 'event', ['hello', 'hello', 'hello']);
  for (const log of await collector.logs()) {
    expect(log).toMatchObject({
      ...EVENT,
      __topic__: 'shop',
      __source__: 'test',
      '__tag__:site': 'e2e',
      '__tag__:batch_id': expect.stringMatching(/^[0-9a-z]+-0$/),
      ts: expect.stringMatching(/^\d{13}$/),
    });
  }
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
  expect(await page.evaluate(() => Object.keys(window.webtrack))).toContain('createTracker');
});

test('adds one name to the page, and no more', async ({ page, pages }) => {
  await page.goto(`${pages.origin}/next.html`);
  const added = await page.evaluate(async (src) => {
    const before = new Set(Object.getOwnPropertyNames(window));
    const script = document.createElement('script');
    script.src = src;
    const loaded = new Promise((resolve) => script.addEventListener('load', resolve));
    document.head.append(script);
    await loaded;
    const names = Object.getOwnPropertyNames(window).filter((name) => !before.has(name));
    // The driver's own come when it pleases.
    return names.filter((name) => !name.startsWith('__pw'));
  }, '/dist/webtrack.iife.js');
  expect(added).toEqual(['webtrack']);
});

test('works under a strict policy that allows WebAssembly', async ({ open, collector }) => {
  await open('script.html', {
    csp: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${collector.url}; img-src data:`,
    events: [EVENT, EVENT, EVENT],
    flush: true,
  });
  await expectStored(collector, 'event', ['hello', 'hello', 'hello']);
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
});

test.describe('where a policy forbids WebAssembly', () => {
  test.use({ expectedProblems: /WebAssembly|wasm-eval/ });

  test('events arrive all the same', async ({ open, collector }) => {
    await open('script.html', {
      csp: "script-src 'self'",
      options: { topic: 'shop', source: 'test', tags: { site: 'e2e' } },
      events: [{ ...EVENT, text: '茶 🍵 "quoted" \\ \u0001 \ud83c' }],
      flush: true,
    });
    await expectStored(collector, 'text', ['茶 🍵 "quoted" \\ \u0001 \ufffd']);
    expect(await collector.logs()).toMatchObject([
      { ...EVENT, __topic__: 'shop', __source__: 'test', '__tag__:site': 'e2e' },
    ]);
  });

  test('and compressed', async ({ open, collector }) => {
    await open('script.html', {
      csp: "script-src 'self'",
      events: [EVENT, EVENT, EVENT],
      flush: true,
    });
    await expectStored(collector, 'event', ['hello', 'hello', 'hello']);
    expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
  });

  test('events arrive when the page goes', async ({ page, pages, open, collector }) => {
    await open('script.html', {
      csp: "script-src 'self'",
      options: { flushInterval: 3_600_000 },
      events: [EVENT],
    });
    await page.goto(`${pages.origin}/next.html`);
    await expectStored(collector, 'event', ['hello']);
  });
});
