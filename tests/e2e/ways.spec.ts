// The ways to the endpoint besides a compressed POST: without a preflight, without POST, without script.

import { expect, expectStored, numbers, ONLY_ON_EXIT, test, trackMethods } from './fixtures.ts';

test('small batches need no leave of the endpoint', async ({ page, open, collector }) => {
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

test('by compressAbove small batches are compressed as well', async ({ page, open, collector }) => {
  await open('script.html', { options: { ...ONLY_ON_EXIT, compressAbove: 0 } });
  await page.evaluate(() => {
    window.tracker.track({ event: 'step', n: 0, text: 'abc'.repeat(50) });
    return window.tracker.flush();
  });
  await expectStored(collector, 'n', ['0']);
  expect(await collector.batches()).toMatchObject([{ compression: 'lz4' }]);
});

test.describe('a policy that lets no POST through', () => {
  test.use({
    expectedProblems: /CSP forbids|Content.Security.Policy|Refused to connect|Fetch API/,
  });

  for (const [what, first, sizes] of [
    ['one event', 0, [10]],
    ['a batch, event by event', 0, [10, 20, 30, 40, 50]],
    ['all but an event that no address holds', 1, [20_000, 10, 10]],
  ] as const) {
    test(`track.gif takes ${what}`, async ({ page, open, collector }) => {
      await open('script.html', {
        options: { ...ONLY_ON_EXIT, topic: 'shop', tags: { release: '7' } },
        csp: `script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data: ${collector.url}`,
      });
      await page.evaluate((sizes) => {
        sizes.forEach((size, n) => {
          window.tracker.track({ event: 'step', n, text: '字&=+'.repeat(size / 4) });
        });
        return window.tracker.flush();
      }, sizes);
      const kept = numbers(sizes.length).slice(first);
      await expect
        .poll(async () => (await collector.logs()).map(({ n }) => n).sort(), { timeout: 20_000 })
        .toEqual(kept);
      const logs = await collector.logs();
      const ids = new Set(logs.map(({ batch_id }) => batch_id));
      expect(ids.size).toBe(kept.length);
      expect(logs[0]).toMatchObject({
        __topic__: 'shop',
        release: '7',
        event: 'step',
        text: '字&=+'.repeat((sizes[first] as number) / 4),
      });
      const { sent, dropped } = await page.evaluate(() => ({ ...window.tracker.counts }));
      expect({ sent, dropped }).toEqual({ sent: kept.length, dropped: first });
    });
  }
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  // In Firefox the driver ends scripts, but <noscript> stays unread.
  const tag = '@chromium';
  test('a pixel in <noscript> is a page view', { tag }, async ({ page, pages, collector }) => {
    const query = 'APIVersion=0.6.0&__topic__=noscript&event=page_view&page=%2Fteapots';
    const pixel = `<noscript><img src="${collector.trackUrl}_ua.gif?${query}" alt=""></noscript>`;
    pages.serve('/noscript.html', `<link rel="icon" href="data:,">${pixel}`);
    await page.goto(`${pages.origin}/noscript.html`);
    await expectStored(collector, 'event', ['page_view']);
    expect((await collector.logs())[0]).toMatchObject({
      __topic__: 'noscript',
      page: '/teapots',
    });
  });
});
