// Where the ids of visitors are kept, and what happens when that is damaged, refused or forbidden.

import { eventually, expect, hide, test } from '../fixtures.ts';
import { ID, idsOf, KEY, MINUTE, PAGE, SYNC, setup, stored, track } from './identity_page.ts';
import { expectUndone, watchTraces } from './undone.ts';

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

/** The address under another host name. Browsers resolve every name under .localhost to this machine. */
const at = (origin: string, name: string, address: string) =>
  address.replace(origin, `http://${name}.shop.localhost:${new URL(origin).port}`);

test.describe('a cookie', () => {
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
