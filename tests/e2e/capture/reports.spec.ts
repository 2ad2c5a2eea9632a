// Reports of the browser: CSP violations, deprecations and interventions.

import { asTracked, type Collector, eventually, expect, test } from '../fixtures.ts';
import { expectUndone, watchTraces } from './undone.ts';

declare global {
  interface Window {
    load(address: string): Promise<unknown>;
    loadAtOnce(address: string): void;
    ask(address: string): Promise<unknown>;
  }
}

const PAGE = 'capture/reports.html';
const DOT = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const CSP = 'img-src data:';
const options = { flushInterval: 0, capture: { reports: {} } } as const;

const reports = async (collector: Collector) =>
  asTracked(await collector.logs()).filter(({ event }) => event === 'report');
const blocked = async (collector: Collector) =>
  (await reports(collector)).map(({ blocked_url }) => blocked_url);

test.use({
  expectedProblems: /CSP|Content.Security.Policy|violates|Failed to load|Blocked call/i,
});
test.beforeEach(({ pages }) => {
  for (const path of ['/a.svg', '/b.svg', '/last.svg']) pages.serve(path, DOT);
});

test('a picture that the CSP blocks is recorded without private parameters', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options, csp: CSP });
  await page.evaluate(() => window.load('/a.svg?token=secret&utm_source=x'));
  await eventually(() => blocked(collector)).toEqual([`${pages.origin}/a.svg?utm_source=x`]);
  const [log] = await reports(collector);
  expect(log).toMatchObject({
    report_type: 'csp_violation',
    message: 'img-src',
    disposition: 'enforce',
  });
  expect(log).not.toHaveProperty('report_id');
});

test('a request that the CSP blocks is recorded with its position in the script @not-webkit', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options, csp: `connect-src 'self' ${collector.url}` });
  await page.evaluate(() => window.ask('http://other.test/data?token=secret'));
  await eventually(() => blocked(collector)).toEqual(['http://other.test/data']);
  expect((await reports(collector))[0]).toMatchObject({
    message: 'connect-src',
    source_url: `${pages.origin}/capture/reports.js`,
    line: '19',
    column: expect.stringMatching(/^\d+$/),
  });
});

test('a blocked inline script is recorded as inline', async ({ page, collector, open }) => {
  await open(PAGE, { options, csp: "script-src 'self' 'wasm-unsafe-eval'" });
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.secret = 1';
    document.body.append(script);
  });
  await eventually(() => blocked(collector)).toEqual(['inline']);
  const [log] = await reports(collector);
  expect(log?.message).toMatch(/^script-src/);
  expect(JSON.stringify(log)).not.toContain('secret');
});

test('the same violation is recorded once in each view', async ({ page, collector, open }) => {
  await open(PAGE, {
    options: { ...options, capture: { pageViews: {}, reports: {} } },
    csp: CSP,
  });
  const load = (name: string) => page.evaluate((name) => window.load(name), name);
  for (const name of ['/a.svg', '/a.svg', '/b.svg', '/a.svg', '/last.svg']) await load(name);
  const paths = async () =>
    (await reports(collector)).map(
      ({ blocked_url, view_seq }) => `${view_seq} ${new URL(String(blocked_url)).pathname}`,
    );
  const first = ['0 /a.svg', '0 /b.svg', '0 /last.svg'];
  await eventually(paths).toEqual(first);
  await page.evaluate(() => history.pushState(null, '', '/another'));
  await load('/a.svg');
  await eventually(paths).toEqual([...first, '1 /a.svg']);
});

test('at most 50 violations are recorded in a view', async ({ page, collector, open }) => {
  await open(PAGE, {
    options: { ...options, capture: { pageViews: {}, reports: {} } },
    csp: CSP,
  });
  await page.evaluate(async () => {
    for (let n = 0; n < 60; n++) await window.load(`/${n}.svg`);
    history.pushState(null, '', '/another');
    await window.load('/last.svg');
  });
  await eventually(async () => (await blocked(collector)).at(-1)).toContain('/last.svg');
  expect(await blocked(collector)).toHaveLength(51);
});

test('a violation by a request of the tracker itself is not recorded', async ({ page, open }) => {
  await open(PAGE, {
    options,
    csp: "connect-src 'self'; img-src data:",
    events: [{ event: 'mine' }],
  });
  const tracked = () => page.evaluate(() => window.tracker.counts.tracked);
  // The CSP blocks requests to the endpoint and reports each violation.
  await page.evaluate(() => window.tracker.flush());
  expect(await tracked()).toBe(1);
  await page.evaluate(() => window.load('/last.svg'));
  await eventually(tracked).toBe(2);
});

test('a deprecation and an intervention are recorded @chromium', async ({
  page,
  pages,
  collector,
  open,
}) => {
  // Vibrate at once: later the browser would take Playwright's actions for a user gesture and allow it.
  await page.addInitScript(() => addEventListener('load', () => navigator.vibrate(10)));
  await open(PAGE, { options });
  await page.evaluate(() => window.loadAtOnce('/a.svg'));
  await eventually(async () =>
    (await reports(collector)).map(({ report_type }) => report_type).sort(),
  ).toEqual(['deprecation', 'intervention']);
  const logs = await reports(collector);
  const deprecation = logs.find(({ report_type }) => report_type === 'deprecation');
  const intervention = logs.find(({ report_type }) => report_type === 'intervention');
  expect(deprecation).toMatchObject({
    report_id: expect.stringMatching(/^\w+$/),
    message: expect.stringMatching(/./),
    source_url: `${pages.origin}/capture/reports.js`,
    line: '14',
  });
  expect(intervention).toMatchObject({
    report_id: expect.stringMatching(/^\w+$/),
    message: expect.stringContaining('vibrate'),
  });
});

test('a violation before the tracker starts is recorded once, and one without consent is not @chromium', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { csp: CSP });
  await page.evaluate(() => window.load('/a.svg'));
  await page.evaluate(async (host) => {
    // The browser has not reported this violation yet when the tracker is made.
    void window.load('/just.svg');
    await null;
    window.tracker = window.makeTracker({
      host,
      logstore: 'web',
      flushInterval: 0,
      capture: { reports: {} },
    });
  }, collector.url);
  await eventually(async () => (await blocked(collector)).length).toBe(2);
  await page.evaluate(() => window.tracker.setConsent('denied'));
  await page.evaluate(() => window.load('/b.svg'));
  await page.evaluate(() => window.tracker.setConsent('granted'));
  await page.evaluate(() => window.load('/last.svg'));
  await eventually(async () =>
    (await blocked(collector)).map((address) => String(address).split('/').at(-1)),
  ).toEqual(['a.svg', 'just.svg', 'last.svg']);
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  collector,
  open,
}) => {
  await watchTraces(page);
  await open(PAGE, { csp: CSP });
  await expectUndone(page, collector.url, { reports: {} }, async () => {
    await page.evaluate(() => window.load('/a.svg'));
  });
});
