// Sample applications, each built by its own tool from the npm package (build/apps): React in StrictMode, Vue, and a
// site of plain documents with a script tag. The tests visit them by mouse and keyboard and compare all recorded
// events with the visit: nothing may be lost or recorded twice.

import type { Page } from '@playwright/test';
import { serve, stored } from './app_pages.ts';
import { type Collector, deliveryLocks, eventually, expect, test } from './fixtures.ts';
import type { PageServer } from './page_server.ts';

test.use({
  // A batch is sent again if its page was left before the answer came; the collector stores the events once.
  mayRepeat: true,
  expectedProblems: /^(Error: )?no (price|preview)|Error: no (price|preview)/,
});

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
      await eventually(() => deliveryLocks(page)).toEqual([]);
    },
  };
}

/** What a visit to an application with views records. */
const EVENTS_OF_VIEWS = [
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
];

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

    await eventually(() => stored(collector, pages)).toEqual(EVENTS_OF_VIEWS);
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
