// Sample applications, each built by its own tool from the npm package (build/apps): React in StrictMode, Vue, and a
// site of plain documents with a script tag. The tests visit them by mouse and keyboard and compare all recorded
// events with the visit: nothing may be lost or recorded twice.

import type { Page } from '@playwright/test';
import { test as base, type Collector, eventually, expect, type StoredLog } from './fixtures.ts';
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

/** The number of these events depends on timing; they have tests of their own. */
const TIMED = ['engagement', 'long_task', 'web_vital'];

/** The fields that distinguish events of the same name and view. */
const IDENTIFYING_FIELDS: Record<string, readonly string[]> = {
  add_to_basket: ['product_id'],
  click: ['element_text', 'link_type', 'product_id'],
  error: ['error_type', 'message', 'repeats'],
  form_field: ['form', 'form_field', 'changes'],
  form_start: ['form', 'form_field'],
  form_submit: ['form', 'fields_changed'],
  page_view: ['page_title', 'navigation_type', 'referrer_url'],
  request: ['http_method', 'request_url', 'http_status'],
};

/** All stored events as texts of name, view and identifying fields, in the order in which they happened. */
async function stored(collector: Collector, { origin }: PageServer): Promise<string[]> {
  const textOf = ({ event, page_url, ...fields }: StoredLog) =>
    [
      event,
      page_url,
      ...(IDENTIFYING_FIELDS[String(event)] ?? []).map((field) => fields[field] ?? '-'),
    ]
      .join(' ')
      .replaceAll(origin, '');
  return (await collector.logs())
    .filter(({ event }) => !TIMED.includes(String(event)))
    .sort((a, b) => Number(a.ts) - Number(b.ts) || Number(a.seq) - Number(b.seq))
    .map(textOf);
}

function serve(app: string, pages: PageServer, collector: Collector): void {
  pages.serveApp(app, {
    'https://log.example.com': collector.url,
    // The same server under another host name.
    'https://partner.example.com': pages.origin.replace('localhost', '127.0.0.1'),
  });
}

/** Actions of a visitor; each one waits until the page shows its result. */
function visitor(page: Page, pages: PageServer, collector: Collector) {
  // Asks the collector, not the page: Playwright cannot use a page that Firefox has restored from its cache.
  const isStored = (event: string) => eventually(() => stored(collector, pages)).toContain(event);
  const shows = (title: string) => expect(page).toHaveTitle(title);
  return {
    shows,
    async follow(link: string, title = link) {
      await page.getByRole('link', { name: link }).click();
      await shows(title);
    },
    // Works in a restored page, where a locator would hang: Playwright believes that Firefox still loads the page.
    async clickLink(text: string) {
      const [x, y] = await page.evaluate((text) => {
        const link = [...document.links].find(({ textContent }) => textContent === text) as Element;
        const { left, top, width, height } = link.getBoundingClientRect();
        return [left + width / 2, top + height / 2] as const;
      }, text);
      await page.mouse.click(x, y);
    },
    async press(button: string, answer: string) {
      await page.getByRole('button', { name: button }).click();
      await expect(page.getByText(answer)).toBeVisible();
    },
    // page.goBack() would hang: it waits for a load event, and a restored page has none.
    async travel(how: 'back' | 'forward') {
      // In a task of its own, so that evaluate() returns before the document is gone.
      await page.evaluate((how) => void setTimeout(() => history[how]()), how);
    },
    async fillIn(label: string, text: string) {
      await page.getByLabel(label).click();
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
    },
    isStored,
    /**
     * Waits until the last event, `event`, is stored and the page can enter the back/forward cache. A page that sends
     * holds a Web Lock, which keeps it out of the cache.
     */
    async settles(event: string) {
      await isStored(event);
      const locks = () =>
        page.evaluate(async () => {
          const { held, pending } = await navigator.locks.query();
          return [...(held ?? []), ...(pending ?? [])];
        });
      await eventually(locks).toEqual([]);
    },
  };
}

for (const app of ['react', 'vue']) {
  test(`${app}: all events of a visit are recorded once, with their view`, async ({
    page,
    pages,
    collector,
  }) => {
    serve(app, pages, collector);
    const { follow, press, travel, fillIn, shows } = visitor(page, pages, collector);
    await page.goto(`${pages.origin}/`);
    await shows('Home');
    // The link redirects and replaces its own history entry.
    await follow('Shop', 'Plants');
    await follow('Fern');
    await press('Buy', 'It is yours.');
    await press('Stock', '3 left');
    await press('Price', 'One moment');
    await press('Preview', 'There is none.');
    await travel('back');
    await shows('Plants');
    await travel('back');
    await shows('Home');
    await travel('forward');
    await shows('Plants');
    await follow('Ivy');
    await page.reload();
    await shows('Ivy');
    await follow('Contact');
    await fillIn('E-mail', 'Jane@example.com');
    await shows('Thanks');
    await follow('Partner', 'The page after it');

    await eventually(() => stored(collector, pages)).toEqual([
      'page_view / Home navigate -',
      'click / Shop internal -',
      'page_leave /',
      'page_view /plants Plants push /',
      'click /plants Fern internal -',
      'page_leave /plants',
      'page_view /plants/fern Fern push /plants',
      'click /plants/fern Buy - fern',
      'add_to_basket /plants/fern fern',
      'click /plants/fern Stock - -',
      'request /plants/fern GET /stock.json 200',
      'click /plants/fern Price - -',
      'error /plants/fern uncaught no price 1',
      'click /plants/fern Preview - -',
      'error /plants/fern uncaught no preview 1',
      'page_leave /plants/fern',
      'page_view /plants Plants traverse /plants/fern',
      'page_leave /plants',
      'page_view / Home traverse /plants',
      'page_leave /',
      'page_view /plants Plants traverse /',
      'click /plants Ivy internal -',
      'page_leave /plants',
      'page_view /plants/ivy Ivy push /plants',
      'page_leave /plants/ivy',
      'page_view /plants/ivy Ivy reload -',
      'click /plants/ivy Contact internal -',
      'page_leave /plants/ivy',
      'page_view /contact Contact push /plants/ivy',
      'form_start /contact #contact email',
      'click /contact Send - -',
      'form_field /contact #contact email 1',
      'form_submit /contact #contact 1',
      'page_leave /contact',
      'page_view /thanks Thanks push /contact',
      'click /thanks Partner outbound -',
      'page_leave /thanks',
    ]);
    expect(JSON.stringify(await collector.logs())).not.toContain('Jane');
  });
}

test('pages: all events of a visit are recorded once, with their document', async ({
  page,
  pages,
  collector,
}) => {
  serve('pages', pages, collector);
  const { follow, press, fillIn, shows } = visitor(page, pages, collector);
  await page.goto(`${pages.origin}/`);
  await shows('Home');
  await follow('Plants');
  await follow('Fern');
  await press('Buy', 'It is yours.');
  await press('Stock', '3 left');
  await press('Price', 'One moment');
  await page.reload();
  await shows('Fern');
  await follow('Contact');
  await fillIn('E-mail', 'Jane@example.com');
  await shows('Thanks');
  await follow('Partner', 'The page after it');

  await eventually(() => stored(collector, pages)).toEqual([
    'page_view / Home navigate -',
    'click / Plants internal -',
    'page_leave /',
    'page_view /plants/ Plants navigate /',
    'click /plants/ Fern internal -',
    'page_leave /plants/',
    'page_view /plants/fern/ Fern navigate /plants/',
    'click /plants/fern/ Buy - fern',
    'add_to_basket /plants/fern/ fern',
    'click /plants/fern/ Stock - -',
    'request /plants/fern/ GET /stock.json 200',
    'click /plants/fern/ Price - -',
    'error /plants/fern/ uncaught no price 1',
    'page_leave /plants/fern/',
    'page_view /plants/fern/ Fern reload /plants/',
    'click /plants/fern/ Contact internal -',
    'page_leave /plants/fern/',
    'page_view /contact/ Contact navigate /plants/fern/',
    'form_start /contact/ #contact email',
    'click /contact/ Send - -',
    'form_field /contact/ #contact email 1',
    'form_submit /contact/ #contact 1',
    'page_leave /contact/',
    'page_view /thanks/ Thanks navigate /contact/',
    'click /thanks/ Partner outbound -',
    'page_leave /thanks/',
  ]);
  expect(JSON.stringify(await collector.logs())).not.toContain('Jane');
});

// Uses page.goto() instead of clicks: a page left by a click may still be sending. It then holds a Web Lock, and
// browsers do not always put such a page into the back/forward cache.
for (const [app, path] of [
  ['react', '/plants'],
  ['vue', '/plants'],
  ['pages', '/plants/'],
] as const) {
  test(`${app}: a page restored from the back/forward cache records a new view and its events @whole`, async ({
    page,
    pages,
    collector,
  }) => {
    serve(app, pages, collector);
    const { clickLink, travel, isStored, settles } = visitor(page, pages, collector);
    await page.goto(pages.origin + path);
    await settles(`page_view ${path} Plants navigate -`);
    await page.goto(`${pages.origin}/next.html`);
    await isStored(`page_leave ${path}`);
    await travel('back');
    await settles(`page_view ${path} Plants restore -`);
    await clickLink('Contact');
    const contact = path.replace('plants', 'contact');
    const view = `page_view ${contact} Contact ${app === 'pages' ? 'navigate' : 'push'} ${path}`;
    await isStored(view);
    await page.goto(`${pages.origin}/next.html`);
    await eventually(() => stored(collector, pages)).toEqual([
      `page_view ${path} Plants navigate -`,
      `page_leave ${path}`,
      `page_view ${path} Plants restore -`,
      `click ${path} Contact internal -`,
      `page_leave ${path}`,
      view,
      `page_leave ${contact}`,
    ]);
  });
}

test('pages: going back and forward between cached documents records a view each time @whole', async ({
  page,
  pages,
  collector,
}) => {
  serve('pages', pages, collector);
  const { travel, settles } = visitor(page, pages, collector);
  await page.goto(`${pages.origin}/plants/`);
  await settles('page_view /plants/ Plants navigate -');
  await page.goto(`${pages.origin}/plants/fern/`);
  await settles('page_view /plants/fern/ Fern navigate -');
  await travel('back');
  await settles('page_view /plants/ Plants restore -');
  await travel('forward');
  await settles('page_view /plants/fern/ Fern restore -');
  expect(await stored(collector, pages)).toEqual([
    'page_view /plants/ Plants navigate -',
    'page_leave /plants/',
    'page_view /plants/fern/ Fern navigate -',
    'page_leave /plants/fern/',
    'page_view /plants/ Plants restore -',
    'page_leave /plants/',
    'page_view /plants/fern/ Fern restore -',
  ]);
});

test('react: a component that StrictMode mounts twice records each event once, and none after unmount', async ({
  page,
  pages,
  collector,
}) => {
  serve('react', pages, collector);
  const { press, shows } = visitor(page, pages, collector);
  await page.goto(`${pages.origin}/widget.html`);
  await shows('Widget');
  await press('More', '1');
  // StrictMode has mounted twice, so two trackers were made.
  await expect(page.locator('body')).toHaveAttribute('data-mounts', '2');
  await press('End', 'gone');
  await press('More', '2');
  await page.goto(`${pages.origin}/next.html`);
  await eventually(() => stored(collector, pages)).toEqual([
    'page_view /widget.html Widget navigate -',
    'click /widget.html More - -',
    'click /widget.html End - -',
  ]);
});

// The front page makes Chromium prerender /plants/.
test.describe('pages: a prerendered page @chromium', () => {
  /** Opens the front page, and resolves when /plants/ is prerendered completely. */
  const prerender = async (tab: TabBrowser, { origin }: PageServer) => {
    const state = '[location.pathname, document.prerendering, document.readyState].join()';
    await tab.goto(`${origin}/`);
    await eventually(() => tab.inPrerendered(state)).toBe('/plants/,true,complete');
  };
  const isShown = async (tab: TabBrowser, path: string) =>
    eventually(() => tab.evaluate('location.pathname')).toBe(path);
  const ACTIVATION = "performance.getEntriesByType('navigation')[0].activationStart";

  test('is recorded when it is shown', async ({ tab, pages, collector }) => {
    serve('pages', pages, collector);
    await prerender(tab, pages);
    expect(await tab.inPrerendered('webtrack.tracker.counts.tracked')).toBe(0);
    await tab.click('Plants');
    await isShown(tab, '/plants/');
    expect(await tab.evaluate(ACTIVATION)).toBeGreaterThan(0);
    await tab.click('Fern');
    await eventually(() => stored(collector, pages)).toEqual([
      'page_view / Home navigate -',
      'click / Plants internal -',
      'page_leave /',
      'page_view /plants/ Plants prerender /',
      'click /plants/ Fern internal -',
      'page_leave /plants/',
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

    const begin = async (tab: TabBrowser, pages: PageServer, collector: Collector) => {
      serve('pages', pages, collector);
      pages.serve('/plants/', PAGE.replace('HOST', collector.url));
      await prerender(tab, pages);
      await eventually(() => tab.inPrerendered(isDone)).toBe('true,done,1');
    };

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
