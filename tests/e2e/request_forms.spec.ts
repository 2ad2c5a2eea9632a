// Forms of a request other than a compressed POST: without a preflight, and without a script.

import { readFileSync } from 'node:fs';
import { expect, expectStored, numbers, ONLY_ON_EXIT, test, trackMethods } from './fixtures.ts';

test('small batches are sent uncompressed and without a preflight', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: { ...ONLY_ON_EXIT, tags: { release: '7' } } });
  for (let n = 0; n < 3; n++) {
    await page.evaluate((n) => {
      window.tracker.track({ event: 'step', n });
      return window.tracker.flush();
    }, n);
  }
  await expectStored(collector, 'n', numbers(3));
  expect(trackMethods(collector)).toEqual(['POST', 'POST', 'POST']);
  expect(await collector.batches()).toMatchObject([
    { compression: 'none', error_code: null },
    { compression: 'none', error_code: null },
    { compression: 'none', error_code: null },
  ]);
  expect((await collector.logs())[0]).toMatchObject({ '__tag__:release': '7' });
});

test('compressAbove: 0 compresses small batches too', async ({ page, open, collector }) => {
  await open('script.html', { options: { ...ONLY_ON_EXIT, compressAbove: 0 } });
  await page.evaluate(() => {
    window.tracker.track({ event: 'step', n: 0, text: 'abc'.repeat(50) });
    return window.tracker.flush();
  });
  await expectStored(collector, 'n', ['0']);
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  // In Firefox Playwright disables scripts, but the browser still ignores <noscript>.
  const tag = '@chromium';
  test('the pixel of the guide stores a page view', { tag }, async ({ page, pages, collector }) => {
    const guide = readFileSync(new URL('../../docs/delivery.md', import.meta.url), 'utf8');
    const [pixel = ''] = /<noscript>.*?<\/noscript>/s.exec(guide) ?? [];
    const served = pixel.replace(/https:.*\/track/, collector.trackUrl);
    pages.serve('/noscript.html', `<link rel="icon" href="data:,">${served}`);
    await page.goto(`${pages.origin}/noscript.html`);
    await expectStored(collector, 'event', ['page_view']);
    expect((await collector.logs())[0]).toMatchObject({ page: '/' });
  });
});
