// Visitor, session and user ids across events, pages and tabs.

import { eventually, expect, hide, test } from '../fixtures.ts';
import {
  anotherTab,
  ID,
  idsOf,
  KEY,
  lastStored,
  MINUTE,
  PAGE,
  SYNC,
  setup,
  stored,
  track,
} from './identity_page.ts';

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

test('the next page and another tab have the same ids, and another browser has others @not-webkit', async ({
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
