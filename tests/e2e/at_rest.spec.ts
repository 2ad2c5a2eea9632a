// A page that records nothing starts no worker, opens no database, writes no note and sends no request.

import type { Page } from '@playwright/test';
import { expect, expectStored, flush, type PageOptions, test, trackSteps } from './fixtures.ts';

/** Everything that the library leaves in the browser or loads, besides its script. */
async function traces(page: Page) {
  return {
    storage: await page.evaluate(() => Object.keys(localStorage)),
    databases: await page.evaluate(async () =>
      (await indexedDB.databases()).map(({ name }) => name),
    ),
    // Files of the library that the page has loaded.
    files: await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => new URL(name).pathname)
        .filter((path) => /engine|worker|core/.test(path)),
    ),
    workers: await page.evaluate(async () => {
      // A running worker of this origin holds or awaits a Web Lock.
      const { held = [], pending = [] } = (await navigator.locks?.query()) ?? {};
      return [...held, ...pending].map(({ name }) => name);
    }),
  };
}

const NOTHING = { storage: [], databases: [], files: [], workers: [] };

for (const [what, options] of Object.entries<PageOptions>({
  'before the visitor has answered': { consent: 'pending' },
  'without consent': { consent: 'denied' },
  'with plug-ins before the visitor has answered': {
    consent: 'pending',
    capture: { pageViews: {}, clicks: {}, identity: {}, webVitals: {} },
  },
})) {
  test(`nothing is started ${what}`, async ({ page, pages, open, collector }) => {
    await open('script.html', { options });
    await trackSteps(page, 30);
    await flush(page);
    await page.evaluate(() => window.tracker.identify('u1'));
    await page.evaluate(
      () => new Promise((idle) => (window.requestIdleCallback ?? setTimeout)(idle)),
    );
    expect(await traces(page)).toEqual(NOTHING);
    await page.goto(`${pages.origin}/next.html`);
    expect(await traces(page)).toEqual(NOTHING);
    expect(collector.requestLog.filter((line) => line.includes('/track'))).toEqual([]);
  });
}

test('nothing is started while the page tracks no event', async ({
  page,
  pages,
  open,
  collector,
}) => {
  await open('script.html');
  await page.evaluate(
    () => new Promise((idle) => (window.requestIdleCallback ?? setTimeout)(idle)),
  );
  expect(await traces(page)).toEqual(NOTHING);
  await page.goto(`${pages.origin}/next.html`);
  expect(await traces(page)).toEqual(NOTHING);
  expect(collector.requestLog.filter((line) => line.includes('/track'))).toEqual([]);
});

test('granting consent sends the events and opens the database', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: { consent: 'pending' } });
  await trackSteps(page, 2);
  await page.evaluate(() => window.tracker.setConsent('granted'));
  await flush(page);
  await expectStored(collector, 'n', ['0', '1']);
  expect((await traces(page)).databases).toEqual(['webtrack']);
});
