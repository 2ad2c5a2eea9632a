// The page notices no difference when its requests are recorded.

import { expect } from '../fixtures.ts';
import { type Api, options, PAGE, requests, test, traced } from './network_page.ts';

test.use({
  expectedProblems: /Failed to load resource|Cross-Origin|uncaught exception: (last|not handled)/,
});

/** Runs in the page: what the page sees of its own requests and of the functions that make them. */
async function observe(api: string) {
  const outcome = (run: () => unknown) => {
    try {
      return Promise.resolve(run()).then(
        () => 'fine',
        (error) => `rejects ${error.name}`,
      );
    } catch (error) {
      return `throws ${(error as Error).name}`;
    }
  };
  const own = window.fetch as unknown as Record<string, unknown>;
  const { prototype } = XMLHttpRequest;
  const reason = { reason: 'own' };
  const controller = new AbortController();
  const aborted = fetch(`${api}/silent`, { signal: controller.signal });
  controller.abort(reason);
  const same = await aborted.catch((error) => error === reason);
  const request = new Request(`${api}/plain`, { method: 'POST', body: 'sent' });
  const answer = await fetch(request);
  const unused = new Request(`${api}/plain`);
  await fetch(unused, { headers: [['x-own', '1']] });
  const init = Object.freeze({ method: 'POST', body: new URLSearchParams({ a: '1' }) });
  await fetch(`${api}/plain`, init);
  return {
    same,
    names: [fetch, prototype.open, prototype.send].map(({ name, length }) => [name, length]),
    texts: [fetch, prototype.open, prototype.send].map((one) => /native code/.test(`${one}`)),
    keys: Reflect.ownKeys(own).length,
    fetches: [
      await outcome(() => (fetch as () => unknown)()),
      await outcome(() => fetch.call({} as never, `${api}/plain`)),
      await outcome(() => fetch('http://')),
      await outcome(() => fetch(`${api}/plain`, { method: 'GET', body: 'no' })),
      await outcome(() => new (fetch as never as new () => unknown)()),
    ],
    requests: [
      await outcome(() => Reflect.apply(prototype.open, {}, ['GET', `${api}/plain`])),
      await outcome(() => prototype.send.call({} as never)),
      await outcome(() => new XMLHttpRequest().send()),
      await outcome(() => new XMLHttpRequest().open('BAD METHOD', `${api}/plain`)),
      await outcome(() => Reflect.apply(prototype.open, new XMLHttpRequest(), [])),
    ],
    bodies: [request.bodyUsed, unused.bodyUsed, unused.headers.has('x-own')],
    body: [answer.bodyUsed, answer.constructor === Response, await answer.text()],
    isPromise: aborted.constructor === Promise,
  };
}

/** The requests without preflights, and without what may differ between two pages. */
const asIs = (all: Api['requests']) =>
  all
    .filter(({ method, path }) => method !== 'OPTIONS' && path !== '/silent')
    .map(({ headers: { referer: _, traceparent: __, ...headers }, ...request }) => ({
      ...request,
      headers,
    }));

test('the page sees the same results, errors and requests as without the plug-in', async ({
  page,
  api,
  open,
}) => {
  await open(PAGE, { options: {} });
  const without = await page.evaluate(observe, api.origin);
  const sentWithout = api.requests.splice(0);
  await open(PAGE, { options: traced() });
  expect(await page.evaluate(observe, api.origin)).toEqual(without);
  const sent = api.requests.splice(0);
  // Flush first: a batch that is pending when the page is left would be sent again.
  await page.evaluate(() => window.tracker.flush());
  await open(PAGE, { options: traced(api.origin) });
  expect(await page.evaluate(observe, api.origin)).toEqual(without);
  expect(asIs(sent)).toEqual(asIs(sentWithout));
  expect(asIs(api.requests)).toEqual(asIs(sentWithout));
  expect(without.body).toEqual([false, true, 'answer']);
});

test('only rejections that the page does not handle are reported as unhandled', async ({
  page,
  api,
  open,
}) => {
  await open(PAGE, { options });
  const unhandled = await page.evaluate(async (api) => {
    await fetch(`${api}/reset`).catch(() => {});
    await fetch(`${api}/reset`).then(null, () => {});
    try {
      await fetch(`${api}/reset`);
    } catch {}
    void fetch(`${api}/silent`, { signal: AbortSignal.abort('not handled') });
    void window.ask('GET', `${api}/reset`);
    // Rejections are reported in order, so this one comes last.
    void Promise.reject('last');
    await new Promise<void>((end) => {
      addEventListener('unhandledrejection', ({ reason }) => {
        if (reason === 'last') setTimeout(end);
      });
    });
    return window.unhandled;
  }, api.origin);
  expect([...unhandled].sort()).toEqual(['last', 'not handled']);
});

test('the page can stream a response, and a pending request is not recorded', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  const text = await page.evaluate(async (api) => {
    const { body } = await fetch(`${api}/plain`);
    const { value } = (await body?.getReader().read()) ?? {};
    void fetch(`${api}/silent`);
    return new TextDecoder().decode(value);
  }, api.origin);
  expect(text).toBe('answer');
  expect(await requests(page, collector, 1)).toHaveLength(1);
});

test('results and errors of a fetch replaced by the page are passed through', async ({
  page,
  collector,
  open,
}) => {
  await page.addInitScript(() => {
    const { fetch } = window;
    window.fetch = ((input: unknown, init: never) => {
      if (input === '/nonsense') return Promise.resolve('nonsense');
      if (input === '/nothing') return undefined;
      if (input === '/throws') throw new Error('of the page');
      return fetch(input as string, init);
    }) as never;
  });
  await open(PAGE, { options });
  const seen = await page.evaluate(async () => {
    const seen = [await fetch('/nonsense'), String(fetch('/nothing'))] as unknown[];
    try {
      void fetch('/throws');
    } catch (error) {
      seen.push((error as Error).message);
    }
    await fetch('/next.html');
    return seen;
  });
  expect(seen).toEqual(['nonsense', 'undefined', 'of the page']);
  expect(await requests(page, collector, 1)).toHaveLength(1);
});

test('a fetch that the page has patched later stays in place after shutdown()', async ({
  page,
  api,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  const seen = await page.evaluate(async (api) => {
    const { fetch: before } = window;
    const patched = (...given: Parameters<typeof fetch>) => before(...given);
    window.fetch = patched;
    await fetch(`${api}/first`);
    await window.tracker.shutdown();
    const answer = await fetch(`${api}/second`);
    return [window.fetch === patched, await answer.text(), { ...window.tracker.counts }] as const;
  }, api.origin);
  expect(seen).toMatchObject([true, 'answer', { tracked: 1, sent: 1, dropped: 0 }]);
  expect((await collector.logs()).map(({ request_url }) => request_url)).toEqual([
    `${api.origin}/first`,
  ]);
});
