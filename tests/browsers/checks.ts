// What must work in every browser. Each check uses a new browser, and asserts what the collector has stored.
import { setTimeout as delay } from 'node:timers/promises';
import type { Collector } from '../collector/collector_process.ts';
import { AFTER, BEFORE, oddPage, RECORDED } from '../e2e/odd_page.ts';
import type { PageServer } from '../e2e/page_server.ts';
import type { Browser } from './browser.ts';

export interface Place {
  browser: Browser;
  pages: PageServer;
  collector: Collector;
}

const WAIT_MS = 15_000;

/** No batch is sent before `flush()` or the exit. */
const ONLY_ON_EXIT = { flushCount: 4_096, flushBytes: 2_800_000, flushInterval: 3_600_000 };

const STEPS = 30;
const track = (from: number, to: number) =>
  `(() => { for (let n = ${from}; n < ${to}; n++) tracker.track({ event: 'step', n }) })()`;

function addressOf({ pages, collector }: Place, page: string, options = {}, csp = ''): string {
  const given = JSON.stringify({ host: collector.url, logstore: 'web', ...options });
  const query = new URLSearchParams({ options: given, ...(csp && { csp }) });
  return `${pages.origin}/${page}?${query}`;
}

async function eventually(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const until = performance.now() + WAIT_MS; !(await isTrue()); ) {
    if (performance.now() > until) throw new Error(`not within ${WAIT_MS / 1000} s: ${what}`);
    await delay(100);
  }
}

/** Waits for the events 0 to `count` - 1, each stored once. */
async function stored({ collector }: Place, count: number): Promise<void> {
  const numbers = async () =>
    (await collector.logs({ limit: 10_000 })).map(({ n }) => Number(n)).sort((a, b) => a - b);
  const wanted = Array.from({ length: count }, (_, n) => n);
  await eventually(`${count} events stored`, async () => (await numbers()).length >= count);
  const found = await numbers();
  if (found.join() !== wanted.join()) throw new Error(`stored: ${found.join()}`);
}

async function compressions({ collector }: Place): Promise<string> {
  return (await collector.batches()).map(({ compression }) => compression).join();
}

async function expectCompressed(place: Place): Promise<void> {
  const found = await compressions(place);
  if (found !== 'lz4') throw new Error(`compression: ${found}`);
}

async function sendFrom(place: Place, page: string, csp?: string): Promise<void> {
  await place.browser.open(addressOf(place, page, ONLY_ON_EXIT, csp));
  await eventually('a tracker', () => place.browser.evaluate('"tracker" in globalThis'));
  await place.browser.evaluate(track(0, STEPS));
  await place.browser.evaluate('tracker.flush()');
  await stored(place, STEPS);
  await expectCompressed(place);
}

/** Events that `autocapture()` must record from what the visitor does in the check. */
const CAPTURED = [
  'click',
  'error',
  'form_field',
  'form_start',
  'form_submit',
  'page_leave',
  'page_view',
];

const CAPTURE_PAGE = `<!doctype html><html lang="en"><title>Everything</title>
<link rel="icon" href="data:,"><script src="/dist/webtrack.iife.js"></script><script src="/harness.js"></script>
<button type="button" onclick="count.textContent++">Add</button><output id="count">0</output>
<form action="/next.html"><label>Name <input name="name"></label><button id="send">Send</button></form></html>`;

async function captures(place: Place): Promise<void> {
  const { browser, pages, collector } = place;
  pages.serve('/everything.html', CAPTURE_PAGE);
  const plugIns = ['context', 'identity', 'pageViews', 'errors', 'clicks', 'forms', 'webVitals'];
  const capture = Object.fromEntries(plugIns.map((name) => [name, {}]));
  await browser.open(addressOf(place, 'everything.html', { capture }));
  await browser.evaluate('tracker.flush()');
  await browser.evaluate(`void setTimeout(() => { throw new Error('wanted') })`);
  await browser.click('button');
  await browser.type('input', 'Camellia');
  await browser.click('#send');
  const names = async () =>
    new Set((await collector.logs({ limit: 1_000 })).map(({ event }) => event));
  await eventually(`events ${CAPTURED.join(', ')}`, async () => {
    const found = await names();
    return CAPTURED.every((name) => found.has(name));
  }).catch(async (error) => {
    throw new Error(`${error.message}; stored: ${[...(await names())].sort().join(', ')}`);
  });
}

/** Visits each of the pages, clicks there, and leaves. */
async function visitOddPages(place: Place, changes: Readonly<Record<string, string>>) {
  const { browser, pages, collector } = place;
  const isBefore = changes === BEFORE;
  for (const [name, script] of Object.entries(changes)) {
    pages.serve(
      '/odd.html',
      oddPage(isBefore ? script : '', isBefore ? '' : script, name, collector),
    );
    await browser.open(`${pages.origin}/odd.html`);
    await delay(800); // nothing may be asked of the page: WebDriver's own scripts need what it has replaced
    await browser.clickAt(20, 20);
    await delay(400); // the element must have been in view for 50 ms
    await browser.open(`${pages.origin}/next.html`);
  }
  for (const name of Object.keys(changes)) {
    const missing = async () => {
      const logs = await collector.logs({ topic: name });
      const said = logs.find(({ event }) => event === 'said');
      if (said) throw new Error(`${name}: ${said.text}`);
      return RECORDED.filter((event) => !logs.some((log) => log.event === event));
    };
    await eventually(`${name}: all events`, async () => (await missing()).length === 0).catch(
      async (error) => {
        throw new Error(`${error.message}; missing: ${(await missing()).join(', ')}`);
      },
    );
  }
}

/** By what the check shows. */
export const CHECKS: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  'events by script tag, compressed': (place) => sendFrom(place, 'script.html'),
  'events from the module, compressed': (place) => sendFrom(place, 'module.html'),
  'where a policy forbids WebAssembly': (place) =>
    sendFrom(place, 'script.html', "script-src 'self'"),
  'events of the last task before a link is followed': async (place) => {
    await place.browser.open(`${addressOf(place, 'exit.html', ONLY_ON_EXIT)}&steps=${STEPS}`);
    await place.browser.evaluate('tracker.flush()');
    await place.browser.click('a');
    await stored(place, STEPS);
  },
  'events of a page that is left before its engine starts': async (place) => {
    await place.browser.open(`${addressOf(place, 'exit.html', ONLY_ON_EXIT)}&steps=${STEPS}`);
    await place.browser.click('a');
    await stored(place, STEPS);
  },
  'events of a tab that is closed': async (place) => {
    await place.browser.open(addressOf(place, 'script.html', ONLY_ON_EXIT));
    await place.browser.evaluate('tracker.flush()');
    await place.browser.evaluate(track(0, STEPS));
    await place.browser.moveToNewTab(`${place.pages.origin}/next.html`);
    await stored(place, STEPS);
  },
  'events that wait while the endpoint fails, by the next page': async (place) => {
    await place.collector.orderFault({ answer: 'ServerBusy', times: 1_000 });
    await place.browser.open(addressOf(place, 'script.html', { flushInterval: 100 }));
    await place.browser.evaluate(track(0, STEPS));
    await eventually('a refused request', async () => (await place.collector.batches()).length > 0);
    await place.browser.open(`${place.pages.origin}/next.html`);
    await place.collector.endFaults();
    await place.browser.open(addressOf(place, 'script.html'));
    await place.browser.evaluate('tracker.flush()');
    await stored(place, STEPS);
  },
  'a page that comes back by the back button': async (place) => {
    await place.browser.open(addressOf(place, 'script.html', ONLY_ON_EXIT));
    await place.browser.evaluate('tracker.flush()');
    await place.browser.evaluate(track(0, 10));
    await place.browser.open(`${place.pages.origin}/next.html`);
    await place.browser.back();
    // The call fails while the page changes.
    await eventually('the page', () =>
      place.browser.evaluate<boolean>('"tracker" in globalThis').catch(() => false),
    );
    await place.browser.evaluate(track(10, STEPS));
    await place.browser.evaluate('tracker.flush()');
    await stored(place, STEPS);
  },
  'nothing is sent or stored before consent': async (place) => {
    await place.browser.open(addressOf(place, 'script.html', { consent: 'pending' }));
    await place.browser.evaluate(track(0, STEPS));
    await place.browser.evaluate('tracker.flush()');
    const kept = await place.browser.evaluate(
      'indexedDB.databases().then((all) => all.length + localStorage.length)',
    );
    if (kept !== 0 || (await place.collector.batches()).length > 0) throw new Error('something is');
    await place.browser.evaluate('tracker.setConsent("granted")');
    await place.browser.evaluate('tracker.flush()');
    await stored(place, STEPS);
  },
  'clicks, forms, errors, page views by plug-ins': captures,
  'pages that take names of the browser before the library': (place) =>
    visitOddPages(place, BEFORE),
  'pages that take names of the browser after the library': (place) => visitOddPages(place, AFTER),
};
