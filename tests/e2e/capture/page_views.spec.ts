// Page views of documents and of single-page applications.

import type { Page } from '@playwright/test';
import { asTracked, type Collector, eventually, expect, hide, test } from '../fixtures.ts';
import { expectUndone, watchTraces } from './undone.ts';

const capture = { capture: { pageViews: {} }, flushInterval: 0 } as const;

// A document that is left misses the last answer, so the next one may send that batch again.
test.use({ mayRepeat: true });

const named = async (collector: Collector, event: string) =>
  asTracked(await collector.logs()).filter((log) => log.event === event);
const views = (collector: Collector) => named(collector, 'page_view');

/** Waits for that many views, and returns their path, title, type and referrer. */
async function settled(collector: Collector, count: number) {
  await eventually(async () => (await views(collector)).length).toBe(count);
  return (await views(collector)).map(
    ({ page_url, page_title, navigation_type, referrer_url }) => ({
      path: new URL(String(page_url)).pathname + new URL(String(page_url)).hash,
      title: page_title,
      type: navigation_type,
      from: referrer_url && new URL(String(referrer_url)).pathname,
    }),
  );
}

const go = (page: Page, how: 'pushState' | 'replaceState', address: string, title?: string) =>
  page.evaluate(
    ([how, address, title]) => {
      history[how as 'pushState'](null, '', address);
      // Frameworks set the title later, when they have rendered.
      if (title) setTimeout(() => Object.assign(document, { title }), 20);
    },
    [how, address, title] as const,
  );

test('the first view has its title, campaign, click id, and its URL without private parameters', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: capture });
  const before = Date.now();
  await page.goto(
    `${page.url()}&utm_source=letter&utm_medium=mail&utm_campaign=spring&gclid=abc&email=a%40b.c#top`,
  );
  await eventually(async () => (await views(collector)).length).toBe(2);
  const [first, second] = await views(collector);
  const address = `${pages.origin}/capture/page_views.html`;
  expect(first).toMatchObject({
    page_url: address,
    page_title: 'Plants',
    navigation_type: 'navigate',
    view_seq: '0',
  });
  expect(first).not.toHaveProperty('referrer_url');
  expect(second).toMatchObject({
    page_url: `${address}?utm_source=letter&utm_medium=mail&utm_campaign=spring&gclid=abc`,
    utm_source: 'letter',
    utm_medium: 'mail',
    utm_campaign: 'spring',
    click_id: 'abc',
    click_id_type: 'gclid',
  });
  expect(Number(second?.ts)).toBeGreaterThanOrEqual(before);
  expect(Number(second?.ts)).toBeLessThanOrEqual(Date.now());
});

test('a view of a document has the referrer', async ({ page, pages, collector, open }) => {
  await open('capture/page_views.html', { options: capture });
  const address = page.url();
  await page.goto(`${pages.origin}/next.html`);
  await Promise.all([
    page.waitForURL(address),
    page.evaluate((to) => location.assign(to), address),
  ]);
  const [, back] = await settled(collector, 2);
  expect(back).toMatchObject({ type: 'navigate', from: '/next.html' });
});

test('navigation within a document records each view once, with its new title', async ({
  page,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: capture });
  await settled(collector, 1);
  await go(page, 'pushState', '/roses', 'Roses');
  await settled(collector, 2);
  // Routers also save state and navigate to the current URL; this is no new view.
  await go(page, 'replaceState', '/roses');
  for (const query of ['r', 're', 'red']) await go(page, 'replaceState', `/roses?colour=${query}`);
  await go(page, 'replaceState', '/roses');
  await go(page, 'pushState', '/roses');
  await go(page, 'pushState', '/roses#thorns');
  await go(page, 'pushState', '/roses?');
  // A redirect: the first URL is no view.
  await page.evaluate(() => {
    history.pushState(null, '', '/old');
    history.replaceState(null, '', '/lilies');
    document.title = 'Lilies';
  });
  await settled(collector, 3);
  await go(page, 'pushState', '/lilies#/white', 'White lilies');
  await settled(collector, 4);
  await page.evaluate(() => history.back());
  const all = await settled(collector, 5);
  expect(all).toEqual([
    { path: '/capture/page_views.html', title: 'Plants', type: 'navigate', from: undefined },
    { path: '/roses', title: 'Roses', type: 'push', from: '/capture/page_views.html' },
    { path: '/lilies', title: 'Lilies', type: 'push', from: '/roses' },
    { path: '/lilies#/white', title: 'White lilies', type: 'hash', from: '/lilies' },
    { path: '/lilies', title: 'White lilies', type: 'hash', from: '/lilies' },
  ]);
  expect((await views(collector)).map(({ view_seq }) => view_seq)).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
  ]);
});

test('views in quick succession keep their own URL and campaign', async ({
  page,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: capture });
  await settled(collector, 1);
  await page.evaluate(() => {
    history.pushState(null, '', '/spring?utm_source=letter&gclid=abc');
    // Pages remove campaign parameters from their URL, and routers redirect.
    history.replaceState(null, '', '/spring/sale');
    history.pushState(null, '', '/roses');
    history.pushState(null, '', '/lilies');
  });
  expect((await settled(collector, 4)).map(({ path }) => path)).toEqual([
    '/capture/page_views.html',
    '/spring/sale',
    '/roses',
    '/lilies',
  ]);
  const all = await views(collector);
  expect(all[1]).toMatchObject({ utm_source: 'letter', click_id: 'abc', view_seq: '1' });
  for (const one of all.slice(2)) expect(one).not.toHaveProperty('utm_source');
});

test('campaign parameters missing from urlParams are not recorded', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: { ...capture, urlParams: ['utm_source'] } });
  await settled(collector, 1);
  await page.evaluate(() => {
    history.pushState(null, '', '/sale?utm_source=letter&utm_medium=post&gclid=abc');
  });
  await settled(collector, 2);
  const [, sale] = await views(collector);
  expect(sale).toMatchObject({
    page_url: `${pages.origin}/sale?utm_source=letter`,
    utm_source: 'letter',
  });
  for (const field of ['utm_medium', 'click_id']) expect(sale).not.toHaveProperty(field);
});

test('hash: true records a view for every fragment', async ({ page, collector, open }) => {
  await open('capture/page_views.html', {
    options: { ...capture, capture: { pageViews: { hash: true } } },
  });
  await settled(collector, 1);
  await page.evaluate(() => {
    location.hash = 'care';
  });
  await settled(collector, 2);
  const [first, hash] = await views(collector);
  expect(hash).toMatchObject({ navigation_type: 'hash', page_fragment: 'care' });
  expect(first).not.toHaveProperty('page_fragment');
});

test('a tracker shut down in a later task records the view, one shut down at once does not', async ({
  page,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: {} });
  await page.evaluate(
    async ([options, host]) => {
      const make = (topic: string) =>
        window.makeTracker({ ...options, host, logstore: 'web', topic });
      await make('at once').shutdown();
      const soon = make('soon');
      await new Promise((next) => setTimeout(next));
      await soon.shutdown();
    },
    [capture, collector.url] as const,
  );
  await eventually(async () => (await views(collector)).map((log) => log.__topic__)).toEqual([
    'soon',
  ]);
});

test('a page restored from the back/forward cache records a new view @whole', async ({
  page,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: capture });
  await settled(collector, 1);
  // Wait for delivery: a page that sends holds a Web Lock, and Firefox does not cache a page with a lock.
  await page.evaluate(() => window.tracker.flush());
  await page.click('#away');
  await page.waitForURL(/next/);
  await page.evaluate(() => history.back());
  const [, again] = await settled(collector, 2);
  expect(again).toMatchObject({ path: '/capture/page_views.html', type: 'restore' });
});

test('page_leave has the duration of the view and its greatest scroll depth', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: capture });
  await settled(collector, 1);
  const depth = () =>
    page.evaluate(
      () =>
        ((scrollY + innerHeight) / document.documentElement.getBoundingClientRect().height) * 100,
    );
  await page.mouse.move(200, 200);
  await page.mouse.wheel(0, 1500);
  await expect.poll(depth).toBeGreaterThan(45);
  const deepest = await depth();
  await page.mouse.wheel(0, -1500);
  await expect.poll(depth).toBeLessThan(30);
  await go(page, 'pushState', '/roses', 'Roses');
  await settled(collector, 2);
  await eventually(async () => (await named(collector, 'page_leave')).length).toBe(1);
  await page.goto(`${pages.origin}/next.html`);
  await eventually(async () => (await named(collector, 'page_leave')).length).toBe(2);
  const [first, second] = await named(collector, 'page_leave');
  expect(first).toMatchObject({
    page_url: `${pages.origin}/capture/page_views.html`,
    view_seq: '0',
  });
  expect(Math.abs(Number(first?.scroll_max_percent) - deepest)).toBeLessThanOrEqual(2);
  expect(Number(first?.view_duration_ms)).toBeGreaterThan(0);
  expect(second).toMatchObject({ page_url: `${pages.origin}/roses`, view_seq: '1' });
});

test('the scroll depth of a view without scrolling is the height of the window', async ({
  page,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: capture });
  await settled(collector, 1);
  await go(page, 'pushState', '/roses', 'Roses');
  await settled(collector, 2);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const share = await page.evaluate(() => innerHeight / document.documentElement.scrollHeight);
  expect(height).toBeGreaterThan(4_000);
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
  await go(page, 'pushState', '/lilies', 'Lilies');
  await eventually(async () =>
    (await named(collector, 'page_leave')).map(({ scroll_max_percent }) => scroll_max_percent),
  ).toEqual([String(Math.round(share * 100)), String(Math.round(share * 100))]);
});

test('a page that stays hidden until it unloads records one page_leave', async ({
  page,
  collector,
  open,
}) => {
  await open('capture/page_views.html', { options: capture });
  await settled(collector, 1);
  const leaves = async () => (await named(collector, 'page_leave')).length;
  await page.clock.install();
  const show = await hide(page);
  await eventually(leaves).toBe(1);
  await page.clock.fastForward('01:00:00');
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
  await page.evaluate(() => window.tracker.flush());
  expect(await leaves()).toBe(1);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow')));
  await show();
  await page.clock.fastForward('00:01:00');
  await hide(page);
  await eventually(leaves).toBe(2);
});

for (const [how, folder, key, leaves] of [
  ['waits for a slow next document records one page_leave', 'slow', undefined, 1],
  [
    'is used while it waits for the next document records two page_leave events @chromium',
    'held',
    'Shift',
    2,
  ],
] as const) {
  test(`a page that ${how}`, async ({ page, pages, collector, open }) => {
    await open('capture/page_views.html', { options: capture });
    await settled(collector, 1);
    const next = `/${folder}/next_page.html`;
    pages.serve(next, '<!doctype html><link rel="icon" href="data:,"><title>Next</title>');
    if (key) {
      await page.evaluate(async (next) => {
        const { tracked } = window.tracker.counts;
        location.assign(next);
        // The page counts as left only a moment after the navigation has begun.
        while (window.tracker.counts.tracked === tracked) await new Promise(requestAnimationFrame);
      }, next);
      await page.keyboard.press(key);
    } else await page.evaluate((next) => location.assign(next), next);
    pages.release();
    await page.waitForURL(`**${next}`);
    await open('capture/page_views.html', { options: capture });
    await settled(collector, 2);
    expect(await named(collector, 'page_leave')).toHaveLength(leaves);
  });
}

test.describe('in a browser without the Navigation API', () => {
  test.beforeEach(({ page }) =>
    page.addInitScript(() => Object.defineProperty(window, 'navigation', { value: undefined })),
  );

  test('push, replace and traverse views are recorded too', async ({ page, collector, open }) => {
    await open('capture/page_views.html', { options: capture });
    await settled(collector, 1);
    await go(page, 'pushState', '/roses', 'Roses');
    await settled(collector, 2);
    await go(page, 'replaceState', '/tulips');
    await settled(collector, 3);
    await page.evaluate(() => history.back());
    expect((await settled(collector, 4)).map(({ path, type }) => [path, type])).toEqual([
      ['/capture/page_views.html', 'navigate'],
      ['/roses', 'push'],
      ['/tulips', 'replace'],
      ['/capture/page_views.html', 'traverse'],
    ]);
  });

  testShutdown();
});

testShutdown();

function testShutdown(): void {
  test('shutdown() removes everything that the plug-in has added', async ({
    page,
    collector,
    open,
  }) => {
    await watchTraces(page);
    await open('capture/page_views.html', { options: {} });
    await expectUndone(page, collector.url, capture.capture, async () => {
      await go(page, 'pushState', '/roses', 'Roses');
      await page.evaluate(() => window.second.flush());
    });
    expect(await page.evaluate(() => Object.hasOwn(history, 'pushState'))).toBe(false);
    const seen = await collector.logs({ logstore: 'other' });
    expect(seen.map(({ event }) => event)).toContain('page_view');
  });
}
