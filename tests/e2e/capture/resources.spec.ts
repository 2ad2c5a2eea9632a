// Resources of a page: slow, missing, sampled and excluded ones.

import { asTracked, type Collector, eventually, expect, test } from '../fixtures.ts';
import { expectUndone, watchTraces } from './undone.ts';

declare global {
  interface Window {
    load(address: string): Promise<unknown>;
  }
}

const PAGE = 'capture/resources.html';
const DOT = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const options = { flushInterval: 0, capture: { resources: {} } } as const;

const resources = async (collector: Collector) =>
  asTracked(await collector.logs()).filter(({ event }) => event === 'resource');
const addresses = async (collector: Collector) =>
  (await resources(collector)).map(({ resource_url }) => String(resource_url));

test.use({ expectedProblems: /Failed to load resource/ });
test.beforeEach(({ pages }) => {
  for (const path of ['/quick.svg', '/slow/a.svg']) pages.serve(path, DOT);
});

test('slow and missing resources are recorded @not-webkit', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.evaluate(async () => {
    await window.load('/quick.svg');
    await window.load('/missing.svg?token=secret');
    await window.load('/slow/a.svg?token=secret&utm_source=x#there');
  });
  await eventually(() => addresses(collector)).toEqual([
    `${pages.origin}/missing.svg`,
    `${pages.origin}/slow/a.svg?utm_source=x`,
  ]);
  const [missing, slow] = await resources(collector);
  const whole = expect.stringMatching(/^\d+$/);
  expect(missing).toMatchObject({ initiator: 'img', http_status: '404', duration_ms: whole });
  expect(Number(missing?.duration_ms)).toBeLessThan(1_000);
  expect(slow).toMatchObject({
    initiator: 'img',
    http_status: '200',
    duration_ms: whole,
    ttfb_ms: whole,
    transfer_bytes: whole,
  });
  expect(Number(slow?.ttfb_ms)).toBeGreaterThanOrEqual(1_190);
  expect(Number(slow?.duration_ms)).toBeGreaterThanOrEqual(Number(slow?.ttfb_ms));
  expect(Number(slow?.transfer_bytes)).toBeGreaterThan(DOT.length);
});

test('sampleRate: 1 records all resources except tracker requests, data: and blob: URLs', async ({
  page,
  pages,
  collector,
  open,
}) => {
  // The host differs in case from the URL in the browser.
  const host = collector.url.replace('127.0.0.1', 'LOCALHOST');
  await open(PAGE, {
    options: { ...options, host, capture: { resources: { sampleRate: 1 } } },
  });
  await page.evaluate(
    async ([dot, host]) => {
      await window.tracker.flush();
      await window.load(`data:image/svg+xml,${encodeURIComponent(dot)}`);
      await window.load(URL.createObjectURL(new Blob([dot], { type: 'image/svg+xml' })));
      window.tracker.track({ event: 'mine' });
      await window.tracker.flush();
      const other = window.makeTracker({ host, logstore: 'other' });
      other.track({ event: 'mine' });
      await other.flush();
      await window.load('/quick.svg');
    },
    [DOT, collector.url] as const,
  );
  await eventually(() => addresses(collector)).toContain(`${pages.origin}/quick.svg`);
  await page.evaluate(() => window.tracker.flush());
  await page.evaluate(() => window.load('/quick.svg?another'));
  await eventually(async () => (await addresses(collector)).at(-1)).toBe(
    `${pages.origin}/quick.svg`,
  );
  const found = await addresses(collector);
  expect(found.filter((address) => !address.startsWith(pages.origin))).toEqual([]);
  expect(found).toContain(`${pages.origin}/capture/resources.js`);
});

test('slowMs sets the limit, and quick resources are not sampled by default @not-webkit', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options: { ...options, capture: { resources: { slowMs: 3_000 } } } });
  await page.evaluate(async () => {
    await window.load('/slow/a.svg');
    await window.load('/missing.svg');
  });
  await eventually(() => addresses(collector)).toEqual([`${pages.origin}/missing.svg`]);
});

test('a resource loaded before the tracker starts is recorded once, and one without consent is not @not-webkit', async ({
  page,
  collector,
  open,
}) => {
  const add = () =>
    page.evaluate((host) => {
      window.tracker = window.makeTracker({
        host,
        logstore: 'web',
        flushInterval: 0,
        // On a busy machine the page's own files may take a second.
        capture: { resources: { slowMs: 60_000 } },
      });
    }, collector.url);
  await open(PAGE);
  await page.evaluate(() => window.load('/missing.svg'));
  await add();
  await eventually(async () => (await addresses(collector)).length).toBe(1);
  await page.evaluate(() => window.tracker.setConsent('denied'));
  await page.evaluate(() => window.load('/missing_meanwhile.svg'));
  await page.evaluate(() => window.tracker.setConsent('granted'));
  await page.evaluate(() => window.load('/missing_after.svg'));
  await eventually(async () =>
    (await addresses(collector)).map((one) => one.split('/').at(-1)),
  ).toEqual(['missing.svg', 'missing_after.svg']);
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  collector,
  open,
}) => {
  await watchTraces(page);
  await open(PAGE);
  await expectUndone(page, collector.url, { resources: {} }, async () => {
    await page.evaluate(() => window.load('/missing.svg'));
  });
});
