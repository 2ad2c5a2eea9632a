// Visitor, session and user ids across events, pages, tabs and subdomains.

import type { BrowserContext, Page } from '@playwright/test';
import {
  asTracked,
  type Collector,
  eventually,
  expect,
  hide,
  ONLY_ON_EXIT,
  type PageOptions,
  type StoredLog,
  test,
} from '../fixtures.ts';
import { expectUndone, watchTraces } from './undone.ts';

const PAGE = 'capture/identity.html';
const KEY = 'webtrack identity';
const MINUTE = 60_000;
/** How long a tab may not notice a change by another tab. */
const SYNC = 5_000;
const ID = /^[0-9a-z]{8,14}$/;

const setup = (identity: object = {}, more: PageOptions = {}) => ({
  options: { ...ONLY_ON_EXIT, capture: { identity }, ...more } as PageOptions,
});

async function track(page: Page, event: string): Promise<void> {
  await page.evaluate(async (event) => {
    window.tracker.track({ event });
    await window.tracker.flush();
  }, event);
}

/** The ids of the stored events with these names. */
async function idsOf(collector: Collector, ...events: string[]) {
  const found = async () => asTracked(await collector.logs());
  await eventually(async () => (await found()).map(({ event }) => event)).toEqual(
    expect.arrayContaining(events),
  );
  const logs = await found();
  return events.map((name) => {
    const { visitor_id, session_id, user_id }: Partial<StoredLog> =
      logs.find(({ event }) => event === name) ?? {};
    return { visitor: visitor_id, session: session_id, user: user_id };
  });
}

const stored = (page: Page) => page.evaluate((key) => localStorage.getItem(key), KEY);
const lastStored = async (page: Page) => Number((await stored(page))?.split('/').at(-1));

/** Opens another tab with the URL of `page`. */
async function anotherTab(context: BrowserContext, page: Page, more = ''): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(page.url() + more);
  return tab;
}

test('a visitor gets a new id 13 months after the last visit', async ({
  page,
  open,
  collector,
}) => {
  const DAY = 24 * 60 * MINUTE;
  for (const [days, event] of [
    [390, 'known'],
    [396, 'forgotten'],
  ] as const) {
    await open('next.html');
    await page.evaluate(([key, last]) => localStorage.setItem(key, `known/session/user//${last}`), [
      KEY,
      Date.now() - days * DAY,
    ] as const);
    await open(PAGE, setup());
    await track(page, event);
  }
  const [known, forgotten] = await idsOf(collector, 'known', 'forgotten');
  expect(known).toMatchObject({ visitor: 'known', user: 'user' });
  expect(forgotten?.visitor).toMatch(ID);
  expect(forgotten?.visitor).not.toBe('known');
  expect(forgotten?.user).toBeUndefined();
});

test('every event has a visitor id and a session id, stored in localStorage without a cookie', async ({
  page,
  context,
  open,
  collector,
}) => {
  await open(PAGE, setup({}, { capture: { identity: {}, pageViews: {} } }));
  await track(page, 'a');
  await page.evaluate(() => window.tracker.track({ event: 'own', visitor_id: 'mine' }));
  // Wait for page_view, which is recorded later.
  await eventually(() => page.evaluate(() => window.tracker.counts.tracked)).toBe(3);
  await track(page, 'b');
  const [a, b, view, own] = await idsOf(collector, 'a', 'b', 'page_view', 'own');
  expect(a?.visitor).toMatch(ID);
  expect(a?.session).toMatch(ID);
  expect(a?.session).not.toBe(a?.visitor);
  expect(a?.user).toBeUndefined();
  expect(b).toEqual(a);
  expect(view).toEqual(a);
  expect(own).toEqual({ ...a, visitor: 'mine' });
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([KEY]);
  expect(await context.cookies()).toEqual([]);
});

test('the next page and another tab have the same ids, and another browser has others', async ({
  page,
  context,
  browser,
  open,
  collector,
}) => {
  await open(PAGE, setup());
  await track(page, 'a');
  await page.reload();
  await track(page, 'b');
  const tab = await anotherTab(context, page);
  await track(tab, 'c');
  await track(page, 'd');
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(page.url());
  await track(stranger, 'e');
  await other.close();
  const [a, b, c, d, e] = await idsOf(collector, 'a', 'b', 'c', 'd', 'e');
  for (const one of [b, c, d]) expect(one).toEqual(a);
  expect(e?.visitor).not.toBe(a?.visitor);
  expect(e?.session).not.toBe(a?.session);
});

test('a session ends after 30 minutes without an event but not at midnight', async ({
  page,
  open,
  collector,
}) => {
  await page.clock.install({ time: new Date('2031-03-01T23:50:00') });
  await open(PAGE, setup());
  await track(page, 'a');
  for (const event of ['b', 'c']) {
    await page.clock.fastForward(29 * MINUTE);
    await track(page, event);
  }
  await page.clock.fastForward(30 * MINUTE + 1_000);
  await track(page, 'd');
  await page.reload();
  await track(page, 'e');
  const [a, b, c, d, e] = await idsOf(collector, 'a', 'b', 'c', 'd', 'e');
  expect(b).toEqual(a);
  expect(c).toEqual(a);
  expect(d?.visitor).toBe(a?.visitor);
  expect(d?.session).not.toBe(a?.session);
  expect(d?.session).toMatch(ID);
  expect(e).toEqual(d);
});

test('events of a hidden page do not extend the session', async ({ page, open, collector }) => {
  await page.clock.install();
  await open(PAGE, setup());
  await track(page, 'a');
  const show = await hide(page);
  await page.clock.fastForward(20 * MINUTE);
  await track(page, 'b');
  await page.clock.fastForward(20 * MINUTE);
  await track(page, 'c');
  await show();
  await track(page, 'd');
  const [a, b, c, d] = await idsOf(collector, 'a', 'b', 'c', 'd');
  expect([b, c]).toEqual([a, a]);
  expect(d?.visitor).toBe(a?.visitor);
  expect(d?.session).not.toBe(a?.session);
});

test('the page_leave of a page left hours later does not start a session', async ({
  page,
  open,
  collector,
}) => {
  await page.clock.install();
  await open(PAGE, setup({}, { capture: { identity: {}, pageViews: {} } }));
  await track(page, 'a');
  // Wait for page_view, which is recorded later.
  await eventually(() => page.evaluate(() => window.tracker.counts.tracked)).toBe(2);
  await page.evaluate(() => window.tracker.flush());
  const before = (await stored(page))?.split('/', 2);
  await page.clock.fastForward(120 * MINUTE);
  await page.goto('about:blank');
  const [a, leave] = await idsOf(collector, 'a', 'page_leave');
  expect(leave).toEqual(a);
  expect([a?.visitor, a?.session]).toEqual(before);
});

test('sessionMinutes sets when a session ends, also for the next page', async ({
  page,
  open,
  collector,
}) => {
  await page.clock.install();
  await open(PAGE, setup({ sessionMinutes: 5 }));
  await track(page, 'a');
  await page.clock.fastForward(4 * MINUTE);
  await track(page, 'b');
  // A reload resets the fake clock, so move the stored time of the last event back instead.
  await page.evaluate(
    ([key, by]) => {
      const parts = (localStorage.getItem(key) ?? '').split('/');
      addEventListener('pagehide', () =>
        localStorage.setItem(key, [...parts.slice(0, -1), Number(parts.at(-1)) - by].join('/')),
      );
    },
    [KEY, 10 * MINUTE] as const,
  );
  await page.reload();
  await track(page, 'c');
  const [a, b, c] = await idsOf(collector, 'a', 'b', 'c');
  expect(b).toEqual(a);
  expect(c?.visitor).toBe(a?.visitor);
  expect(c?.session).not.toBe(a?.session);
});

test('events in one tab extend the session of all tabs', async ({
  page,
  context,
  open,
  collector,
}) => {
  await context.clock.install();
  await open(PAGE, setup());
  const tab = await anotherTab(context, page);
  await track(page, 'a');
  await track(tab, 'b');
  for (const event of ['c', 'd']) {
    await context.clock.fastForward(20 * MINUTE);
    await track(tab, event);
  }
  await context.clock.fastForward(20 * MINUTE);
  await track(page, 'e');
  await context.clock.fastForward(31 * MINUTE);
  await track(tab, 'f');
  await track(page, 'g');
  const [a, b, c, d, e, f, g] = await idsOf(collector, 'a', 'b', 'c', 'd', 'e', 'f', 'g');
  for (const one of [b, c, d, e]) expect(one).toEqual(a);
  expect(f?.session).not.toBe(a?.session);
  expect(g).toEqual(f);
});

test('localStorage is read and written at most every five seconds, and when the page is hidden', async ({
  page,
  open,
  collector,
}) => {
  await page.clock.install();
  await page.addInitScript((key) => {
    const calls = { getItem: 0, setItem: 0 };
    Object.assign(window, { calls });
    for (const name of ['getItem', 'setItem'] as const) {
      const { [name]: original } = Storage.prototype;
      Storage.prototype[name] = function (this: Storage, ...given: [string, string]) {
        if (given[0] === key) calls[name]++;
        return Reflect.apply(original, this, given);
      } as never;
    }
  }, KEY);
  const calls = () =>
    page.evaluate(() => ({ ...(window as unknown as { calls: Record<string, number> }).calls }));
  await open(PAGE, setup());
  expect(await calls()).toEqual({ getItem: 0, setItem: 0 });
  await page.clock.pauseAt(Date.now() + MINUTE);
  await page.evaluate(() => {
    for (let n = 0; n < 500; n++) window.tracker.track({ event: 'many' });
  });
  expect(await calls()).toEqual({ getItem: 2, setItem: 1 });
  const first = await lastStored(page);
  await page.clock.runFor(3_000);
  await track(page, 'a');
  expect(await calls()).toMatchObject({ setItem: 1 });
  expect(await lastStored(page)).toBe(first);
  const show = await hide(page);
  expect(await lastStored(page)).toBe(first + 3_000);
  await show();
  await page.clock.runFor(SYNC);
  await track(page, 'b');
  expect(await lastStored(page)).toBe(first + 3_000 + SYNC);
  const before = await calls();
  await (await hide(page))();
  expect((await calls()).setItem).toBe(before.setItem);
  const [a, b] = await idsOf(collector, 'a', 'b');
  expect(b).toEqual(a);
});

test('campaignSession: true starts a session for a new campaign', async ({
  page,
  open,
  collector,
}) => {
  await open(PAGE, setup({ campaignSession: true }));
  const entries = [
    ['none', ''],
    ['first', '&utm_source=a%2Fb&utm_medium=mail'],
    ['again', '&utm_source=a%2Fb&utm_medium=mail'],
    ['direct', ''],
    ['other', '&utm_source=c&utm_medium=mail'],
    ['click', '&utm_source=c&utm_medium=mail&gclid=5'],
  ] as const;
  const address = page.url();
  for (const [event, more] of entries) {
    await page.goto(address + more);
    await track(page, event);
  }
  const [none, first, again, direct, other, click] = await idsOf(
    collector,
    ...entries.map(([event]) => event),
  );
  expect(first?.visitor).toBe(none?.visitor);
  expect(first?.session).not.toBe(none?.session);
  expect(again).toEqual(first);
  expect(direct).toEqual(first);
  expect(other?.visitor).toBe(first?.visitor);
  expect(other?.session).not.toBe(first?.session);
  expect(click).toEqual(other);
});

test('a new campaign does not start a session by default', async ({ page, open, collector }) => {
  await open(PAGE, setup());
  await track(page, 'a');
  await page.goto(`${page.url()}&utm_source=b`);
  await track(page, 'b');
  const [a, b] = await idsOf(collector, 'a', 'b');
  expect(b).toEqual(a);
});

test('two tabs with different campaigns agree on the newer session', async ({
  page,
  context,
  open,
  collector,
}) => {
  await context.clock.install();
  await open(PAGE, setup({ campaignSession: true }));
  const address = page.url();
  await page.goto(`${address}&utm_source=a`);
  await track(page, 'a');
  const tab = await context.newPage();
  await tab.goto(`${address}&utm_source=b`);
  await track(tab, 'b');
  for (const [one, event] of [
    [page, 'c'],
    [tab, 'd'],
    [page, 'e'],
  ] as const) {
    await context.clock.fastForward(SYNC);
    await track(one, event);
  }
  const [a, b, c, d, e] = await idsOf(collector, 'a', 'b', 'c', 'd', 'e');
  expect(b?.session).not.toBe(a?.session);
  for (const one of [c, d, e]) expect(one).toEqual(b);
});

test('later pages and other tabs have the user id until reset()', async ({
  page,
  context,
  open,
  collector,
}) => {
  const user = 'a/b;c=d %ü,"\\ 日';
  await context.clock.install();
  await open(PAGE, setup());
  const tab = await anotherTab(context, page);
  await track(tab, 'a');
  await page.evaluate((user) => window.tracker.identify(user, { plan: 'pro' }), user);
  await track(page, 'b');
  await context.clock.fastForward(SYNC);
  await track(tab, 'c');
  await page.reload();
  await track(page, 'd');
  await page.evaluate(() => window.tracker.reset());
  await track(page, 'e');
  await context.clock.fastForward(SYNC);
  await track(tab, 'f');
  await page.reload();
  await track(page, 'g');
  const [a, identify, b, c, d, e, f, g] = await idsOf(
    collector,
    ...['a', 'identify', 'b', 'c', 'd', 'e', 'f', 'g'],
  );
  expect(a?.user).toBeUndefined();
  for (const one of [identify, b, c, d]) expect(one).toEqual({ ...a, user });
  expect(e?.user).toBeUndefined();
  expect(e?.visitor).toMatch(ID);
  expect(e?.visitor).not.toBe(a?.visitor);
  expect(e?.session).not.toBe(a?.session);
  for (const one of [f, g]) expect(one).toEqual(e);
});

test('a tab that has not noticed a reset() does not undo it', async ({
  page,
  context,
  open,
  collector,
}) => {
  await context.clock.install();
  await open(PAGE, setup());
  const tab = await anotherTab(context, page);
  await track(tab, 'a');
  await page.evaluate(() => window.tracker.reset());
  await track(page, 'b');
  // The other tab has not read the storage again yet.
  await track(tab, 'c');
  await (await hide(tab))();
  await page.reload();
  await track(page, 'd');
  const [a, b, d] = await idsOf(collector, 'a', 'b', 'd');
  expect(b?.visitor).not.toBe(a?.visitor);
  expect(d).toEqual(b);
});

test('a visitor who clears the storage gets new ids', async ({ page, open, collector }) => {
  await page.clock.install();
  await open(PAGE, setup());
  await page.evaluate(() => window.tracker.identify('u1'));
  await track(page, 'a');
  await page.evaluate(() => localStorage.clear());
  await page.clock.fastForward(SYNC);
  await track(page, 'b');
  const [a, b] = await idsOf(collector, 'a', 'b');
  expect(b?.visitor).toMatch(ID);
  expect(b?.visitor).not.toBe(a?.visitor);
  expect(b?.session).not.toBe(a?.session);
  expect(a?.user).toBe('u1');
  expect(b?.user).toBeUndefined();
  expect(await stored(page)).toContain(`${b?.visitor}/${b?.session}//`);
});

for (const damaged of ['', 'nonsense', '///', '%E0%A4%A/b///5', 'a/b///when', '{"visitor":1}']) {
  test(`damaged stored ids "${damaged}" start a new session`, async ({ page, open, collector }) => {
    await page.clock.install();
    await page.addInitScript(
      ([key, damaged]) => {
        if (location.host) localStorage.setItem(key, damaged);
      },
      [KEY, damaged] as const,
    );
    await open(PAGE, setup());
    await track(page, 'a');
    await page.clock.fastForward(SYNC);
    await track(page, 'b');
    const [a, b] = await idsOf(collector, 'a', 'b');
    expect(a?.visitor).toBeTruthy();
    expect(a?.session).toMatch(ID);
    expect(b).toEqual(a);
    expect(await stored(page)).toContain(`/${a?.session}///`);
    expect(await page.evaluate(() => window.drops)).toEqual([]);
  });
}

const REFUSALS: Record<string, () => void> = {
  'localStorage is forbidden': () => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      },
    });
  },
  'localStorage is full': () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    };
  },
  'localStorage keeps nothing': () => {
    Storage.prototype.setItem = () => {};
  },
};

for (const [name, refuse] of Object.entries(REFUSALS)) {
  test(`if ${name}, the ids last as long as the page`, async ({ page, open, collector }) => {
    await page.clock.install();
    await page.addInitScript(refuse);
    await open(PAGE, setup());
    await track(page, 'a');
    await page.evaluate(() => window.tracker.identify('u1'));
    await page.clock.fastForward(10 * MINUTE);
    await track(page, 'b');
    await page.clock.fastForward(31 * MINUTE);
    await track(page, 'c');
    await page.evaluate(() => window.tracker.setConsent('denied'));
    const [a, b, c] = await idsOf(collector, 'a', 'b', 'c');
    expect(a?.visitor).toMatch(ID);
    expect(b).toEqual({ ...a, user: 'u1' });
    expect(c?.visitor).toBe(a?.visitor);
    expect(c?.session).not.toBe(a?.session);
    expect(await page.evaluate(() => window.drops)).toEqual([]);
  });
}

test('stored ids are not read before consent', async ({ page, open }) => {
  await page.addInitScript(() => {
    const reads: string[] = [];
    Object.assign(window, { reads });
    const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie') ?? {};
    Object.defineProperty(document, 'cookie', {
      get() {
        reads.push('cookie');
        return get?.call(document);
      },
      set: (text) => set?.call(document, text),
    });
    const { getItem } = Storage.prototype;
    Storage.prototype.getItem = function (key) {
      reads.push(key);
      return getItem.call(this, key);
    };
  });
  const reads = () =>
    page.evaluate(
      (ours) => (window as never as { reads: string[] }).reads.filter((one) => ours.includes(one)),
      ['cookie', KEY],
    );
  for (const [identity, read] of [
    [{}, KEY],
    [{ cookieDomain: 'localhost' }, 'cookie'],
  ] as const) {
    await open(PAGE, setup(identity, { consent: 'pending' }));
    await page.evaluate(() => {
      window.tracker.track({ event: 'a' });
      window.tracker.identify('u1');
      window.tracker.reset();
    });
    await (await hide(page))();
    expect(await reads()).toEqual([]);
    await page.evaluate(() => window.tracker.setConsent('granted'));
    expect(await reads()).toContain(read);
    // Nor when consent is pending again.
    await page.evaluate(async () => {
      window.tracker.track({ event: 'b' });
      await new Promise((later) => setTimeout(later, 5));
      window.tracker.track({ event: 'c' });
      window.tracker.setConsent('pending');
      (window as never as { reads: string[] }).reads.length = 0;
    });
    await (await hide(page))();
    expect(await reads()).toEqual([]);
  }
});

test.describe('a cookie', () => {
  // Browsers resolve every name under .localhost to this machine.
  const at = (origin: string, name: string, address: string) =>
    address.replace(origin, `http://${name}.shop.localhost:${new URL(origin).port}`);

  test('shares the ids among subdomains', async ({ page, pages, context, open, collector }) => {
    await open(PAGE, setup({ cookieDomain: 'shop.localhost' }));
    const address = page.url();
    const asked = Date.now() / 1000;
    await context.addCookies([
      { name: 'not_webtrack_identity', value: 'x/y///5', domain: '.shop.localhost', path: '/' },
    ]);
    await page.goto(at(pages.origin, 'www', address));
    await page.evaluate(() => window.tracker.identify('a;b=c/d'));
    await track(page, 'a');
    await page.goto(at(pages.origin, 'cart.eu', address));
    await track(page, 'b');
    const [a, b] = await idsOf(collector, 'a', 'b');
    expect(a).toMatchObject({ visitor: expect.stringMatching(ID), user: 'a;b=c/d' });
    expect(b).toEqual(a);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    const cookies = (await context.cookies()).filter(({ name }) => name === 'webtrack_identity');
    expect(cookies).toMatchObject([
      { domain: '.shop.localhost', path: '/', sameSite: 'Lax', secure: false, httpOnly: false },
    ]);
    const days = ((cookies[0]?.expires ?? 0) - asked) / 86_400;
    expect(days).toBeGreaterThan(395);
    expect(days).toBeLessThan(396);
    await page.evaluate(() => window.tracker.setConsent('denied'));
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['not_webtrack_identity']);
  });

  test('is Secure on an HTTPS page', async ({ page, context, open, pages }) => {
    await context.route('https://www.shop.example/**', async (route) => {
      const { pathname, search } = new URL(route.request().url());
      await route.fulfill({
        response: await route.fetch({ url: pages.origin + pathname + search }),
      });
    });
    await open(PAGE, setup({ cookieDomain: 'shop.example' }, { consent: 'granted' }));
    await page.goto(page.url().replace(pages.origin, 'https://www.shop.example'));
    await page.evaluate(() => window.tracker.track({ event: 'a' }));
    // The event is recorded in idle time.
    await eventually(() => context.cookies()).toMatchObject([
      { name: 'webtrack_identity', domain: '.shop.example', secure: true, sameSite: 'Lax' },
    ]);
    await page.evaluate(() => window.tracker.setConsent('denied'));
    expect(await context.cookies()).toEqual([]);
  });

  test.describe(() => {
    test.use({ expectedProblems: /rejected for invalid domain/ });
    test('that the browser refuses is replaced by ids that last as long as the page', async ({
      page,
      context,
      open,
      collector,
    }) => {
      await page.clock.install();
      await open(PAGE, setup({ cookieDomain: 'example.com' }));
      await track(page, 'a');
      await page.clock.fastForward(SYNC);
      await track(page, 'b');
      const [a, b] = await idsOf(collector, 'a', 'b');
      expect(a?.visitor).toMatch(ID);
      expect(b).toEqual(a);
      expect(await context.cookies()).toEqual([]);
    });
  });
});

test('delivery does not mistake the stored ids for a note of a batch', async ({
  page,
  open,
  collector,
}) => {
  await open(PAGE, setup());
  await track(page, 'a');
  for (const event of ['b', 'c']) {
    await page.reload();
    await track(page, event);
  }
  const [a, b, c] = await idsOf(collector, 'a', 'b', 'c');
  expect(b).toEqual(a);
  expect(c).toEqual(a);
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  open,
  collector,
}) => {
  await watchTraces(page);
  await open(PAGE, { options: { capture: {} } });
  await expectUndone(
    page,
    collector.url,
    { identity: {} },
    () => page.evaluate(() => window.second.track({ event: 'a' })),
    async () => {},
  );
});
