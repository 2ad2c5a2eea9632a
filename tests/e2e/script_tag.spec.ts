// The script tag `<script src="webtrack.iife.js">`, with the other files in the same folder.

import type * as Plugins from '../../js/src/capture.ts';
import { expect, expectStored, test } from './fixtures.ts';

const EVENT = { event: 'hello', from: 'script '.repeat(80) };

test('the global tracker sends compressed events with topic, source and tags', async ({
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

test('the script adds only one global variable to the page', async ({ page, pages }) => {
  await page.goto(`${pages.origin}/next.html`);
  const added = await page.evaluate(async (src) => {
    const before = new Set(Object.getOwnPropertyNames(window));
    const script = document.createElement('script');
    script.src = src;
    const loaded = new Promise((resolve) => script.addEventListener('load', resolve));
    document.head.append(script);
    await loaded;
    const names = Object.getOwnPropertyNames(window).filter((name) => !before.has(name));
    // Playwright adds its own variables at any time.
    return names.filter((name) => !name.startsWith('__pw'));
  }, '/dist/webtrack.iife.js');
  expect(added).toEqual(['webtrack']);
});

test('the script works under a strict CSP that allows WebAssembly', async ({ open, collector }) => {
  await open('script.html', {
    csp: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${collector.url}; img-src data:`,
    events: [EVENT, EVENT, EVENT],
    flush: true,
  });
  await expectStored(collector, 'event', ['hello', 'hello', 'hello']);
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
});

test.describe('where the CSP forbids WebAssembly', () => {
  test.use({ expectedProblems: /WebAssembly|wasm-eval/ });

  test('an event is stored with its text, topic, source and tags', async ({ open, collector }) => {
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

  test('events are compressed', async ({ open, collector }) => {
    await open('script.html', {
      csp: "script-src 'self'",
      events: [EVENT, EVENT, EVENT],
      flush: true,
    });
    await expectStored(collector, 'event', ['hello', 'hello', 'hello']);
    expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
  });

  test('events are sent when the page is left', async ({ page, pages, open, collector }) => {
    await open('script.html', {
      csp: "script-src 'self'",
      options: { flushInterval: 3_600_000 },
      events: [EVENT],
    });
    await page.goto(`${pages.origin}/next.html`);
    await expectStored(collector, 'event', ['hello']);
  });
});

test('autocapture() of the script tag and of the package name the same plug-ins', async ({
  page,
  open,
}) => {
  await open('script.html', { options: {} });
  const [tag, module] = await page.evaluate(async (file) => {
    const namesOf = ({ autocapture }: typeof Plugins) => autocapture().map(({ name }) => name);
    return [namesOf(window.webtrack), namesOf(await import(file))];
  }, '/dist/capture.js');
  expect(tag).toContain('page_views');
  expect(tag?.sort()).toEqual(module?.sort());
});
