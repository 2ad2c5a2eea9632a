// Pages that Chromium prerenders: nothing is recorded until they are shown.

import { serve, stored } from './app_pages.ts';
import { test as base, type Collector, eventually, expect } from './fixtures.ts';
import type { PageServer } from './page_server.ts';
import { TabBrowser } from './tab_browser.ts';

const test = base.extend<{ tab: TabBrowser }>({
  // The browser depends on the servers so that they stop after it.
  tab: async ({ launchOptions, collector: _, pages: __ }, use, info) => {
    const program = String(launchOptions.executablePath);
    const tab = await TabBrowser.start(program, info.outputPath('profile'));
    await use(tab);
    await tab.close();
  },
});

test.use({
  // A batch is sent again if its page was left before the answer came; the collector stores the events once.
  mayRepeat: true,
  expectedProblems: /^(Error: )?no (price|preview)|Error: no (price|preview)/,
});

/** Opens the front page, and resolves when /plants/ is prerendered completely. */
const prerender = async (tab: TabBrowser, { origin }: PageServer) => {
  const state = '[location.pathname, document.prerendering, document.readyState].join()';
  await tab.goto(`${origin}/`);
  await eventually(() => tab.inPrerendered(state)).toBe('/plants/,true,complete');
};
const isShown = async (tab: TabBrowser, path: string) =>
  eventually(() => tab.evaluate('location.pathname')).toBe(path);
const ACTIVATION = "performance.getEntriesByType('navigation')[0].activationStart";

/** A page at /plants/ that tracks an event, throws an error and sends a request. */
const PAGE = `<!doctype html>
  <title>Plants</title>
  <link rel="icon" href="data:,">
  <script src="/webtrack.all.iife.js" data-host="HOST" data-logstore="web" data-capture="auto network"></script>
  <img src="/broken/leaf.png" alt="">
  <script>
    webtrack.tracker.track({ event: 'own' });
    history.replaceState(null, '', '?page=1');
    setTimeout(() => { throw new Error('no price'); });
    fetch('/stock.json').then(() => { document.body.id = 'done'; });
  </script>`;
const isDone = `[document.prerendering, document.body.id, webtrack.tracker.counts.tracked].join()`;

/** Resolves when `PAGE` is prerendered and has done all this. */
const begin = async (tab: TabBrowser, pages: PageServer, collector: Collector) => {
  serve('pages', pages, collector);
  pages.serve('/plants/', PAGE.replace('HOST', collector.url));
  await prerender(tab, pages);
  await eventually(() => tab.inPrerendered(isDone)).toBe('true,done,1');
};

// The front page makes Chromium prerender /plants/.
test.describe('pages: a prerendered page @chromium', () => {
  test('is recorded when it is shown', async ({ tab, pages, collector }) => {
    serve('pages', pages, collector);
    await prerender(tab, pages);
    expect(await tab.inPrerendered('webtrack.tracker.counts.tracked')).toBe(0);
    await tab.click('Plants');
    await isShown(tab, '/plants/');
    expect(await tab.evaluate(ACTIVATION)).toBeGreaterThan(0);
    await tab.click('Fern');
    // The prerendered view has the time at which the navigation began: the other page is left at the same moment.
    await eventually(async () => (await stored(collector, pages)).sort()).toEqual([
      'click / Plants internal -',
      'click /plants/ Fern internal -',
      'page_leave /',
      'page_leave /plants/',
      'page_view / Home navigate -',
      'page_view /plants/ Plants prerender /',
      'page_view /plants/fern/ Fern navigate /plants/',
    ]);
  });

  test('is not recorded if it is never shown', async ({ tab, pages, collector }) => {
    serve('pages', pages, collector);
    await prerender(tab, pages);
    await tab.click('Contact');
    await eventually(() => stored(collector, pages)).toEqual([
      'page_view / Home navigate -',
      'click / Contact internal -',
      'page_leave /',
      'page_view /contact/ Contact navigate /',
    ]);
    expect(JSON.stringify(await collector.logs())).not.toContain('/plants/"');
  });

  test.describe('with an event, an error and a request', () => {
    test('sends nothing until it is shown', async ({ tab, pages, collector }) => {
      await begin(tab, pages, collector);
      await eventually(() => stored(collector, pages)).toEqual(['page_view / Home navigate -']);
      expect(await tab.inPrerendered('webtrack.tracker.counts.sent')).toBe(0);
      await tab.click('Plants');
      await isShown(tab, '/plants/');
      expect(await tab.evaluate(ACTIVATION)).toBeGreaterThan(0);
      await tab.goto(`${pages.origin}/next.html`);
      await eventually(async () => (await stored(collector, pages)).sort()).toEqual([
        'click / Plants internal -',
        'own /plants/',
        'page_leave /',
        'page_leave /plants/',
        'page_view / Home navigate -',
        'page_view /plants/ Plants prerender /',
      ]);
    });

    test('sends nothing if it is never shown', async ({ tab, pages, collector }) => {
      await begin(tab, pages, collector);
      await tab.click('Contact');
      await eventually(() => stored(collector, pages)).toEqual([
        'page_view / Home navigate -',
        'click / Contact internal -',
        'page_leave /',
        'page_view /contact/ Contact navigate /',
      ]);
    });
  });
});
