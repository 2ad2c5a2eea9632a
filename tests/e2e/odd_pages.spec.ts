// Pages whose own scripts, elements and old libraries take the names and properties that a tracker reads.

import type { Page } from '@playwright/test';
import { type Collector, eventually, expect, test } from './fixtures.ts';
import { AFTER, BEFORE, oddPage, RECORDED } from './odd_page.ts';
import type { PageServer } from './page_server.ts';

/** Opens the page, clicks, and leaves it. Returns what was thrown or lost. */
async function visit(page: Page, address: string): Promise<string | null> {
  await page.goto(address);
  await expect(page).toHaveTitle('Fetched');
  await page.mouse.click(20, 20);
  await eventually(() => page.locator('#buy').getAttribute('data-n')).toBe('1');
  // The element must have been in view, and the view's time of 50 ms over.
  await page.waitForTimeout(400);
  // By a key, because the driver's own scripts may need what the page has replaced.
  await page.keyboard.press('f');
  await eventually(() => page.locator('html').getAttribute('data-flushed')).toBe('yes');
  const said = await page.locator('html').getAttribute('data-said');
  await page.goto('about:blank');
  return said;
}

async function expectWhole(collector: Collector, topic: string): Promise<void> {
  const stored = () => collector.logs({ topic });
  await eventually(async () => (await stored()).map(({ event }) => event)).toEqual(
    expect.arrayContaining(RECORDED),
  );
  const logs = await stored();
  const of = (event: string) => logs.filter((log) => log.event === event);
  expect
    .soft(of('page_view'), topic)
    .toMatchObject([{ page_title: expect.stringMatching(/^(Odd|Fetched)$/) }]);
  expect.soft(of('click'), topic).toMatchObject([{ element: '#buy', element_text: 'Buy now' }]);
  expect.soft(of('request'), topic).toMatchObject([{ http_status: '200' }]);
  expect
    .soft(of('own'), topic)
    .toMatchObject([{ list: '["large","green"]', nested: '{"a":[1,2]}' }]);
  for (const log of logs) {
    expect.soft(log, topic).toMatchObject({
      ts: expect.stringMatching(/^\d{13}$/),
      visitor_id: expect.stringMatching(/[a-z]/),
      session_id: expect.stringMatching(/[a-z]/),
      '__tag__:screen_px': expect.stringMatching(/^\d+x\d+$/),
      '__tag__:time_zone': expect.any(String),
      '__tag__:user_agent': expect.stringContaining('Mozilla'),
    });
  }
}

for (const [when, changes] of Object.entries({ before: BEFORE, after: AFTER })) {
  test(`a page whose scripts take names ${when} the library is recorded whole`, async ({
    page,
    pages,
    collector,
  }) => {
    test.slow(); // many pages
    for (const [name, script] of Object.entries(changes)) {
      const isFirst = when === 'before';
      pages.serve(
        '/odd.html',
        oddPage(isFirst ? script : '', isFirst ? '' : script, name, collector),
      );
      expect.soft(await visit(page, `${pages.origin}/odd.html`), name).toBeNull();
    }
    for (const name of Object.keys(changes)) await expectWhole(collector, name);
  });
}

/** A page with this body, whose tracker has all plug-ins. */
function serveBody(pages: PageServer, collector: Collector, body: string, head = ''): string {
  pages.serve(
    '/odd.html',
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Odd</title><link rel="icon" href="data:,">
    ${head}<script src="/dist/webtrack.all.iife.js"></script>
    <script>window.tracker = webtrack.createTracker({ host: '${collector.url}', logstore: 'web',
      capture: [...webtrack.autocapture(), webtrack.network()] });</script></head>
    <body style="margin: 0">${body}</body></html>`,
  );
  return `${pages.origin}/odd.html`;
}

const HIDING = [
  ...['id', 'attributes', 'parentNode', 'parentElement', 'className', 'tagName', 'localName'],
  ...[
    'classList',
    'matches',
    'getAttribute',
    'getAttributeNames',
    'contains',
    'getRootNode',
    'nodeType',
    'assignedSlot',
  ],
];

test('fields of a form that are named like properties of elements hide nothing from plug-ins', async ({
  page,
  pages,
  collector,
}) => {
  const fields = HIDING.map((name) => `<input name="${name}" style="width: 9px">`).join('');
  const address = serveBody(
    pages,
    collector,
    `<form id="order" data-track-area="checkout" action="#" onsubmit="return false">
      <button type="button" id="go">Go</button> <span id="text">some text</span> <input id="field" name="amount"> <button id="send">Send</button>
      ${fields}</form>`,
  );
  await page.goto(address);
  // By coordinates: the driver itself reads the form's properties.
  for (const id of ['go', 'text', 'field', 'send']) {
    const [x, y] = await page.evaluate((id) => {
      const { left, top } = (document.getElementById(id) as Element).getBoundingClientRect();
      return [left + 5, top + 5] as const;
    }, id);
    await page.mouse.click(x, y);
    if (id === 'field') await page.keyboard.type('x');
  }
  await page.evaluate(() => window.tracker.shutdown());
  const logs = await collector.logs();
  const of = (event: string) => logs.filter((log) => log.event === event);
  expect(of('click').map(({ element, area }) => [element, area])).toEqual([
    ['#go', 'checkout'],
    ['#order', 'checkout'],
    ['#send', 'checkout'],
  ]);
  expect(of('form_start')).toMatchObject([{ form: '#order', form_field: 'amount' }]);
  expect(of('form_submit')).toMatchObject([{ form: '#order', fields_changed: '1' }]);
});

const DOCUMENT_NAMES = [
  'title',
  'body',
  'documentElement',
  'visibilityState',
  'readyState',
  'referrer',
];
const DOCUMENT_METHODS = ['addEventListener', 'createTreeWalker', 'hasFocus', 'querySelectorAll'];

test('images that are named like properties of the document hide nothing from plug-ins', async ({
  page,
  pages,
  collector,
}) => {
  const images = [...DOCUMENT_NAMES, ...DOCUMENT_METHODS, 'baseURI', 'activeElement']
    .map((name) => `<img name="${name}" alt="">`)
    .join('');
  const address = serveBody(
    pages,
    collector,
    `${images}<button id="buy" type="button">Buy</button><div data-track-view="hero">hero</div>`,
  );
  await page.goto(address);
  await page.locator('#buy').click();
  await page.waitForTimeout(1_200);
  await page.evaluate(() => window.tracker.shutdown());
  const logs = await collector.logs();
  const events = logs.map(({ event }) => event);
  expect(events).toEqual(expect.arrayContaining(['page_view', 'click', 'element_view']));
  expect(logs.find(({ event }) => event === 'page_view')).toMatchObject({ page_title: 'Odd' });
  expect(logs.find(({ event }) => event === 'click')).toMatchObject({ element_text: 'Buy' });
});

for (const file of ['webtrack.iife.js', 'webtrack.all.iife.js']) {
  test(`${file}: an image named currentScript does not become the script's tag`, async ({
    page,
    pages,
    collector,
  }) => {
    pages.serve(
      '/odd.html',
      `<!doctype html><html lang="en"><head><title>Odd</title><link rel="icon" href="data:,"></head><body>
      <img name="currentScript" alt="" src="data:," data-host="${collector.url}" data-logstore="other">
      <script src="/dist/${file}" data-host="${collector.url}" data-logstore="web"></script></body></html>`,
    );
    await page.goto(`${pages.origin}/odd.html`);
    await page.evaluate(() => window.webtrack.tracker?.track({ event: 'own' }));
    await page.evaluate(() => window.webtrack.tracker?.shutdown());
    await eventually(async () => (await collector.logs()).map(({ event }) => event)).toContain(
      'own',
    );
    expect(await collector.logs({ logstore: 'other' })).toEqual([]);
  });
}

test('a tag that runs again, as in a body that Turbo replaces, keeps its tracker', async ({
  page,
  pages,
  collector,
}) => {
  const tag = `<script src="/dist/webtrack.all.iife.js" data-host="${collector.url}" data-logstore="web"></script>`;
  pages.serve(
    '/odd.html',
    `<!doctype html><html lang="en"><head><title>Odd</title><link rel="icon" href="data:,"></head>
    <body><button id="buy" type="button">Buy</button>${tag}</body></html>`,
  );
  await page.goto(`${pages.origin}/odd.html`);
  const isSame = await page.evaluate(async () => {
    const first = window.webtrack.tracker;
    const again = document.createElement('script');
    const { src, dataset } = document.querySelector('script') as HTMLScriptElement;
    Object.assign(again.dataset, dataset);
    const ran = new Promise((done) => again.addEventListener('load', done));
    again.src = src;
    document.body.append(again);
    await ran;
    return first !== undefined && window.webtrack.tracker === first;
  });
  expect(isSame).toBe(true);
  await page.locator('#buy').click();
  await page.evaluate(() => window.webtrack.tracker?.shutdown());
  const events = (await collector.logs()).map(({ event }) => event);
  expect(events.filter((event) => event === 'click')).toHaveLength(1);
  expect(events.filter((event) => event === 'page_view')).toHaveLength(1);
});

/** What zone.js does, as far as Angular hears of it: counts tasks of its zone, without those of the driver. */
const ZONE = `<script>
  window.tasks = 0;
  window.Zone = { __symbol__: (name) => '__zone_symbol__' + name, root: { run: (work) => work() } };
  const count = (work) => function (...args) { window.tasks++; return work.apply(this, args); };
  for (const [owner, name, at] of [[window, 'setTimeout', 0], [window, 'setInterval', 0], [window, 'queueMicrotask', 0], [EventTarget.prototype, 'addEventListener', 1]]) {
    const original = owner[Zone.__symbol__(name)] = owner[name];
    owner[name] = function (...args) { if (!/InjectedScript/.test(new Error().stack) && typeof args[at] === 'function') args[at] = count(args[at]); return original.apply(this, args); };
  }
</script>`;

test("Angular's zone runs none of the library's tasks", async ({ page, pages, collector }) => {
  await page.goto(
    serveBody(
      pages,
      collector,
      '<button id="buy" type="button">Buy</button><p style="height: 3000px"></p>',
      ZONE,
    ),
  );
  for (let n = 0; n < 5; n++) await page.mouse.move(50 + n, 60);
  await page.locator('#buy').click();
  await page.mouse.wheel(0, 300);
  await page.evaluate(() => {
    window.tracker.track({ event: 'own' });
    return window.tracker.flush();
  });
  await eventually(async () => (await collector.logs()).map(({ event }) => event)).toContain(
    'click',
  );
  expect(await page.evaluate(() => (window as unknown as { tasks: number }).tasks)).toBe(0);
});

for (const late of [100, 250, 800]) {
  test(`an application that sets its title ${late} ms after the address is recorded with it`, async ({
    page,
    pages,
    collector,
  }) => {
    await page.goto(serveBody(pages, collector, ''));
    await page.waitForTimeout(400);
    await page.evaluate(async (late) => {
      history.pushState(null, '', '/item/7');
      await new Promise((done) => setTimeout(done, late));
      document.title = 'Item 7';
    }, late);
    await page.waitForTimeout(late + 300);
    await page.evaluate(() => window.tracker.shutdown());
    const views = (await collector.logs()).filter(({ event }) => event === 'page_view');
    expect(views.map(({ page_title }) => page_title)).toEqual(['Odd', 'Item 7']);
  });
}

test('options of plug-ins are not taken from the prototype of all objects', async ({
  page,
  pages,
  collector,
}) => {
  await page.addInitScript(() => Object.assign(Object.prototype, { downloads: ['html'] }));
  await page.goto(serveBody(pages, collector, '<a href="/next.html">Next</a>'));
  await page.getByRole('link').click();
  await eventually(async () =>
    (await collector.logs()).filter(({ event }) => event === 'click'),
  ).toMatchObject([{ link_type: 'internal' }]);
});

test('a title and an address of any length are cut', async ({ page, pages, collector }) => {
  const address = serveBody(pages, collector, '');
  await page.goto(address);
  await page.evaluate(() => {
    document.title = '😀x'.repeat(100_000);
    history.replaceState(null, '', `/${'p%C3%A4'.repeat(8_000)}`);
  });
  await page.waitForTimeout(400);
  await page.evaluate(() => window.tracker.shutdown());
  const views = (await collector.logs()).filter(({ event }) => event === 'page_view');
  const view = views.pop();
  expect(view?.page_title).toMatch(/^(😀x){166}(😀)?$/u);
  expect(String(view?.page_url).length).toBe(2_048);
  // If the machine is slow, the page has been recorded before its script changed the address.
  expect(views.map(({ page_url }) => page_url)).toEqual(views.slice(0, 1).map(() => address));
});

test('a stepper that counts each click is no rage, a button that does nothing is', async ({
  page,
  pages,
  collector,
}) => {
  await page.goto(
    serveBody(
      pages,
      collector,
      `<button id="plus" type="button" onclick="n.textContent = Number(n.textContent) + 1">+</button><output id="n">1</output>
      <button id="dead" type="button">Nothing</button>`,
    ),
  );
  for (const id of ['#plus', '#dead']) for (let n = 0; n < 4; n++) await page.locator(id).click();
  await page.waitForTimeout(1_200);
  await page.evaluate(() => window.tracker.shutdown());
  const rage = (await collector.logs()).filter(({ event }) => event === 'rage_click');
  expect(rage.map(({ element }) => element)).toEqual(['#dead']);
});

test.describe('requests that fail', () => {
  test.use({ expectedProblems: /Failed to load|404|EMPTY_RESPONSE/ });

  test('an answer whose status is hidden is not a failure', async ({ page, pages, collector }) => {
    await page.goto(serveBody(pages, collector, ''));
    await page.evaluate(
      async (other) => {
        await fetch(`${other}/hidden`, { mode: 'no-cors' });
        await fetch('/broken/file').catch(() => {});
      },
      pages.origin.replace('localhost', '127.0.0.1'),
    );
    await page.evaluate(() => window.tracker.shutdown());
    const requests = (await collector.logs()).filter(({ event }) => event === 'request');
    expect(requests).toHaveLength(2);
    expect(requests[0]).not.toHaveProperty('http_status');
    expect(requests[0]).not.toHaveProperty('request_error');
    expect(requests[1]).toMatchObject({ http_status: '0', request_error: 'network' });
  });
});
