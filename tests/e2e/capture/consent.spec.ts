// Consent, refusals by the browser, registered fields, masks, beforeSend and sampling.

import type { BrowserContext, Page } from '@playwright/test';
import {
  asTracked,
  type Collector,
  eventually,
  expect,
  expectStored,
  hide,
  ONLY_ON_EXIT,
  type PageOptions,
  type StoredLog,
  test,
  trackMethods,
} from '../fixtures.ts';

const PAGE = 'capture/consent.html';
const KEY = 'webtrack identity';

// A page that is left misses the last answer, so the next one may send that batch again.
test.use({ mayRepeat: true });

const recording = (more: PageOptions = {}) => ({
  options: { capture: { identity: {}, pageViews: {} }, flushInterval: 0, ...more },
});

/** Everything that is stored in the browser. */
async function kept(page: Page, context: BrowserContext) {
  const stored = await page.evaluate(async () => ({
    localStorage: { ...localStorage },
    sessionStorage: { ...sessionStorage },
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
  }));
  return { ...stored, cookies: await context.cookies() };
}
const NOTHING = { localStorage: {}, sessionStorage: {}, databases: [], caches: [], cookies: [] };

/** Requests of the page to the collector. Requests to /api/ come from the test itself. */
const requests = ({ requestLog }: Collector) =>
  requestLog.filter((line) => !String(JSON.parse(line).path).startsWith('/api/'));

const named = async (collector: Collector, ...events: string[]) => {
  const logs = asTracked(await collector.logs());
  return events.map((event): Partial<StoredLog> => logs.find((log) => log.event === event) ?? {});
};

/** Does everything that stores or sends something if the page records. */
async function exercise(page: Page): Promise<void> {
  await page.evaluate(async () => {
    window.tracker.track({ event: 'a' });
    window.tracker.identify('u1', { plan: 'pro' });
    history.pushState(null, '', `${location.href}#/route`);
    await window.tracker.flush();
  });
  await (await hide(page))();
}

test('nothing is stored or sent before consent; then all events are sent with their own time', async ({
  page,
  context,
  open,
  collector,
}) => {
  await page.clock.install();
  const before = Date.now();
  await open(PAGE, recording({ consent: 'pending' }));
  await exercise(page);
  const between = Date.now();
  // Longer than any timer of the library.
  await page.clock.fastForward('01:00:00');
  await page.evaluate(() => window.tracker.track({ event: 'late' }));
  expect(await kept(page, context)).toEqual(NOTHING);
  expect(requests(collector)).toEqual([]);
  const own = await page.evaluate(() => ({ ...window.tracker.counts }));
  expect(own).toMatchObject({ sent: 0, dropped: 0 });
  expect(own.tracked).toBeGreaterThanOrEqual(6);

  await page.evaluate(async () => {
    window.tracker.setConsent('granted');
    window.tracker.track({ event: 'after' });
    await window.tracker.flush();
  });
  await eventually(async () => (await collector.logs()).length).toBe(own.tracked + 1);
  const logs = asTracked(await collector.logs());
  expect(logs.map(({ seq }) => Number(seq)).sort((a, b) => a - b)).toEqual(logs.map((_, n) => n));
  const [a, identify, view, late] = await named(collector, 'a', 'identify', 'page_view', 'late');
  for (const log of [a, identify, view]) {
    expect(Number(log?.ts)).toBeGreaterThanOrEqual(before - 1_000);
    expect(Number(log?.ts)).toBeLessThanOrEqual(between + 1_000);
    expect(log?.visitor_id).toBe(a?.visitor_id);
    expect(log?.session_id).toBe(a?.session_id);
  }
  expect(identify).toMatchObject({ user_id: 'u1', plan: 'pro' });
  expect(Number(late?.ts)).toBeGreaterThanOrEqual(before + 3_600_000);
  const { localStorage, databases } = await kept(page, context);
  expect(localStorage[KEY]).toContain(`${a?.visitor_id}/`);
  expect(databases).toEqual(['webtrack']);

  await page.reload();
  await page.evaluate(() => window.tracker.track({ event: 'still pending' }));
  expect(requests(collector).length).toBe(trackMethods(collector).length);
  await page.evaluate(async () => {
    window.tracker.setConsent('granted');
    await window.tracker.flush();
  });
  const [again] = await named(collector, 'still pending');
  expect(again).toMatchObject({ visitor_id: a?.visitor_id, user_id: 'u1' });
});

test('a page left while consent is pending stores and sends nothing', async ({
  page,
  context,
  open,
  collector,
}) => {
  await open(PAGE, recording({ consent: 'pending' }));
  await exercise(page);
  await page.goto(page.url().replace('consent.html', 'context.html').replace('pending', 'denied'));
  expect(await kept(page, context)).toEqual(NOTHING);
  expect(requests(collector)).toEqual([]);
});

for (const cookieDomain of [undefined, 'localhost']) {
  test(`without consent nothing is stored or sent, with ids in ${cookieDomain ? 'a cookie' : 'localStorage'}`, async ({
    page,
    context,
    open,
    collector,
  }) => {
    const identity = cookieDomain ? { cookieDomain } : {};
    await open(PAGE, recording({ consent: 'denied', capture: { identity, pageViews: {} } }));
    await exercise(page);
    await page.evaluate(() => window.tracker.setConsent('pending'));
    await exercise(page);
    await page.evaluate(() => window.tracker.setConsent('denied'));
    await exercise(page);
    expect(await page.evaluate(() => ({ ...window.tracker.counts }))).toMatchObject({
      tracked: 0,
      sent: 0,
      dropped: 0,
    });
    expect(await kept(page, context)).toEqual(NOTHING);
    await page.reload();
    expect(requests(collector)).toEqual([]);
    expect(await page.evaluate(() => window.drops)).toEqual([]);
  });
}

test('withdrawing consent erases the ids, and a later consent makes new ones', async ({
  page,
  context,
  open,
  collector,
}) => {
  await open(PAGE, recording());
  await page.evaluate(() => window.tracker.identify('u1'));
  await page.evaluate(() => window.tracker.track({ event: 'before' }));
  await page.evaluate(() => window.tracker.flush());
  expect((await kept(page, context)).localStorage).toHaveProperty([KEY]);
  await page.evaluate(() => window.tracker.setConsent('denied'));
  const stored = (await collector.logs()).length;
  await exercise(page);
  expect((await kept(page, context)).localStorage).not.toHaveProperty([KEY]);
  expect(await collector.logs()).toHaveLength(stored);
  await page.evaluate(async () => {
    window.tracker.reset();
    window.tracker.setConsent('granted');
    window.tracker.track({ event: 'after' });
    await window.tracker.flush();
  });
  await eventually(async () => (await named(collector, 'after'))[0]?.event).toBe('after');
  const [before, after] = await named(collector, 'before', 'after');
  expect(after?.visitor_id).toBeTruthy();
  expect(after?.visitor_id).not.toBe(before?.visitor_id);
  expect(after?.session_id).not.toBe(before?.session_id);
  expect(after).not.toHaveProperty('user_id');
});

test('denying pending consent erases the ids of an earlier visit', async ({
  page,
  context,
  open,
}) => {
  await open(PAGE, recording());
  await page.evaluate(() => window.tracker.flush());
  await eventually(async () => (await kept(page, context)).localStorage).toHaveProperty([KEY]);
  await open(PAGE, recording({ consent: 'pending' }));
  await page.evaluate(() => window.tracker.setConsent('denied'));
  expect((await kept(page, context)).localStorage).not.toHaveProperty([KEY]);
});

/** Properties of `navigator` that an init script sets. */
interface Browser {
  globalPrivacyControl?: boolean;
  doNotTrack?: string;
  webdriver?: boolean;
  userAgent?: string;
}
const ordinary = {
  globalPrivacyControl: false,
  doNotTrack: '0',
  webdriver: false,
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
};

const REFUSALS: [option: 'honorGpc' | 'honorDnt' | 'ignoreBots', browser: Browser][] = [
  ['honorGpc', { globalPrivacyControl: true }],
  ['honorDnt', { doNotTrack: '1' }],
  ['ignoreBots', { webdriver: true }],
  ['ignoreBots', { userAgent: 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/)' }],
];

for (const [option, browser] of REFUSALS) {
  const [said] = Object.entries(browser).map((one) => one.join(' '));
  const be = (page: Page, browser: Browser) =>
    page.addInitScript((browser) => {
      for (const [name, value] of Object.entries(browser)) {
        Object.defineProperty(Navigator.prototype, name, { get: () => value, configurable: true });
      }
    }, browser);

  test(`${option}: a browser with ${said} is not recorded, even with consent`, async ({
    page,
    context,
    open,
    collector,
  }) => {
    await be(page, { ...ordinary, ...browser });
    await open(PAGE, recording({ [option]: true, consent: 'granted' }));
    await exercise(page);
    await page.evaluate(() => window.tracker.setConsent('granted'));
    await exercise(page);
    expect(await kept(page, context)).toEqual(NOTHING);
    expect(requests(collector)).toEqual([]);
  });

  test(`${option}: a browser with ${said} is recorded if only the other options are on`, async ({
    page,
    open,
    collector,
  }) => {
    const others = { honorGpc: true, honorDnt: true, ignoreBots: true, [option]: false };
    await be(page, { ...ordinary, ...browser });
    await open(PAGE, { options: others, events: [{ event: 'a' }], flush: true });
    await expectStored(collector, 'event', ['a']);
  });

  test(`${option}: a browser without ${said} is recorded`, async ({ page, open, collector }) => {
    await be(page, ordinary);
    await open(PAGE, { options: { [option]: true }, events: [{ event: 'a' }], flush: true });
    await expectStored(collector, 'event', ['a']);
  });
}

test('registered fields are on every event until reset()', async ({ page, open, collector }) => {
  await open(PAGE, { options: ONLY_ON_EXIT });
  await page.evaluate(async () => {
    const { tracker } = window;
    tracker.register({ tenant: 't1', build: 5, page_url: 'https://a.example/?secret=1#/r' });
    tracker.track({ event: 'a' });
    tracker.register({ tenant: 't2' });
    tracker.track({ event: 'b', build: 6 });
    tracker.identify('u1', { plan: 'pro', tenant: 'own' });
    tracker.track({ event: 'c' });
    tracker.reset();
    tracker.track({ event: 'd' });
    await tracker.flush();
  });
  await expectStored(collector, 'event', ['a', 'b', 'identify', 'c', 'd']);
  const [a, b, identify, c, d] = await named(collector, 'a', 'b', 'identify', 'c', 'd');
  const page_url = 'https://a.example/#/r';
  expect(a).toMatchObject({ tenant: 't1', build: '5', page_url });
  expect(b).toMatchObject({ tenant: 't2', build: '6', page_url });
  expect(identify).toMatchObject({ tenant: 'own', build: '5', plan: 'pro', user_id: 'u1' });
  expect(c).toMatchObject({ tenant: 't2', build: '5', user_id: 'u1' });
  expect(c).not.toHaveProperty('plan');
  for (const name of ['tenant', 'build', 'user_id', 'page_url']) expect(d).not.toHaveProperty(name);
});

test('masked fields and private parts of URLs are not sent', async ({ page, open, collector }) => {
  await open(PAGE, {
    options: { ...ONLY_ON_EXIT, urlParams: ['page'], mask: ['email', 'user_id'] },
  });
  await page.evaluate(async () => {
    window.tracker.identify('secret');
    window.tracker.track({
      event: 'a',
      email: 'a@b.example',
      link_url: 'https://user:secret@a.example/p?page=2&token=secret#secret',
      object_url: new URL('https://user:secret@a.example/p?token=secret'),
      mail_url: 'mailto:shop@a.example?body=secret',
      image_url: 'data:image/png;base64,secret',
      route_url: 'https://a.example/#/cart?token=secret',
    });
    await window.tracker.flush();
  });
  await expectStored(collector, 'event', ['identify', 'a']);
  const [identify, a] = await named(collector, 'identify', 'a');
  expect(identify).toMatchObject({ user_id: '***' });
  expect(a).toMatchObject({
    user_id: '***',
    email: '***',
    link_url: 'https://a.example/p?page=2',
    mail_url: 'mailto:shop@a.example',
    image_url: 'data:',
    route_url: 'https://a.example/#/cart',
  });
  expect(JSON.stringify(await collector.logs())).not.toMatch(/secret/);
});

test('beforeSend can change an event or drop it', async ({ page, open, collector }) => {
  await open(PAGE, { options: { storage: false } });
  const { drops, counts } = await page.evaluate(async (host) => {
    const tracker = window.makeTracker({
      host,
      logstore: 'web',
      beforeSend: (event) => {
        if (event.event === 'unwanted') return null;
        if (event.event === 'broken') throw new Error('a mistake of the page');
        return { ...event, changed: 'yes' };
      },
    });
    for (const event of ['a', 'unwanted', 'broken', 'b']) tracker.track({ event });
    await tracker.flush();
    return { drops: window.drops, counts: { ...tracker.counts } };
  }, collector.url);
  await expectStored(collector, 'event', ['a', 'b']);
  for (const log of await collector.logs()) expect(log).toMatchObject({ changed: 'yes' });
  expect(drops).toEqual([{ reason: 'hook_failed', events: 1 }]);
  expect(counts).toMatchObject({ tracked: 3, sent: 2, dropped: 1 });
});

test('sampling records a visitor on all pages or on none', async ({ page, open, collector }) => {
  const VISITORS = 12;
  const PAGES = 2;
  await open(PAGE);
  for (let n = 0; n < VISITORS * PAGES; n++) {
    const identity = `visitor${n % VISITORS}/session///${Date.now()}`;
    await page.evaluate(([key, identity]) => localStorage.setItem(key, identity), [
      KEY,
      identity,
    ] as const);
    await open(PAGE, recording({ sampleRate: 0.5, capture: { identity: {} } }));
    await page.evaluate(async () => {
      window.tracker.track({ event: 'a' });
      await window.tracker.flush();
    });
  }
  const pages: Record<string, number> = {};
  for (const { visitor_id } of await collector.logs()) {
    pages[String(visitor_id)] = (pages[String(visitor_id)] ?? 0) + 1;
  }
  const recorded = Object.values(pages);
  expect(recorded).toEqual(recorded.map(() => PAGES));
  expect(recorded.length).toBeGreaterThan(0);
  expect(recorded.length).toBeLessThan(VISITORS);
});
