// Why this library does not use `fetchLater`: measures what it would save, and what it would cost for every event.
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, type BrowserServer, chromium, type Page } from '@playwright/test';
import type { Tracker, TrackerOptions } from '../../js/src/index.ts';
import { settings } from './browser.ts';
import { Endpoint } from './endpoint.ts';
import { markerOf } from './markers.ts';
import { NEXT, type PageServer } from './page_server.ts';

/** The ways in which a page may end. */
const ENDS = {
  'the page is left': (page) => page.goto(new URL(NEXT, page.url()).href),
  'its tab is closed': (page) => page.close(),
  'its renderer is killed': async (page) => {
    const session = await page.context().newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    void session.send('Page.crash').catch(() => {}); // the command gets no answer
    await crashed;
  },
  'the browser is killed': async (_, server) => server.kill(),
} as const satisfies Record<string, (page: Page, server: BrowserServer) => Promise<unknown>>;

/** A request of a page that has ended arrives long before. */
const PATIENCE_MS = 3_000;
const CALLS = 200;

export interface FetchLater {
  /** Whether a deferred request arrived, by how the page ended. */
  arrived: Record<string, boolean>;
  /** Mean microseconds, in the same page: to replace a deferred batch by a new one, and to record an event. */
  renewal: number;
  track: number;
}

export async function measureFetchLater(browser: Browser, pages: PageServer): Promise<FetchLater> {
  const arrived: Record<string, boolean> = {};
  for (const [name, end] of Object.entries(ENDS)) arrived[name] = await arrivesAfter(end, pages);
  return { arrived, ...(await costs(browser, pages)) };
}

async function arrivesAfter(
  end: (page: Page, server: BrowserServer) => Promise<unknown>,
  pages: PageServer,
): Promise<boolean> {
  const endpoint = await Endpoint.start();
  // A separate browser process, because this test may kill it.
  const server = await chromium.launchServer(settings);
  try {
    const browser = await chromium.connect(server.wsEndpoint());
    // Unlike `browser.newPage`, this context stays when its page closes, as a window does.
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${pages.origin}${NEXT}`);
    await page.evaluate(
      ([origin, body]) => {
        // With a header of the library, as for a compressed batch.
        const headers = { 'x-log-apiversion': '0.6.0' };
        fetchLater(`${origin}/track`, { method: 'POST', body, headers, credentials: 'omit' });
      },
      [endpoint.origin, markerOf(0)] as const,
    );
    await end(page, server);
    for (const over = Date.now() + PATIENCE_MS; Date.now() < over; await delay(50)) {
      if (endpoint.totals.requests > 0) return true;
    }
    return false;
  } finally {
    await server.kill();
    await endpoint.stop();
  }
}

async function costs(browser: Browser, pages: PageServer) {
  const page = await browser.newPage();
  await page.goto(`${pages.origin}/webtrack`);
  const times = await page.evaluate(async (calls) => {
    // No server listens there.
    const host = 'http://127.0.0.1:9';
    const tracker = webtrack.createTracker({ host, logstore: 'web', storage: false });
    const timed = (work: (n: number) => void) => {
      const each = Array.from({ length: calls }, (_, n) => {
        const start = performance.now();
        work(n);
        return performance.now() - start;
      });
      return each.reduce((sum, time) => sum + time, 0) / calls;
    };
    const track = (n: number) => tracker.track({ event: 'step', n, text: 'x'.repeat(300) });
    let controller = new AbortController();
    const renew = () => {
      controller.abort();
      controller = new AbortController();
      const { signal } = controller;
      const options = { method: 'POST', body: new Uint8Array(10_000), signal } as const;
      fetchLater(`${host}/track`, options);
    };
    timed(track); // warm
    timed(renew);
    const result = { track: 1_000 * timed(track), renewal: 1_000 * timed(renew) };
    controller.abort();
    await tracker.shutdown();
    return result;
  }, CALLS);
  await page.close();
  return times;
}

declare global {
  const webtrack: { createTracker(options: TrackerOptions): Tracker };
  /** https://developer.mozilla.org/docs/Web/API/Window/fetchLater */
  function fetchLater(url: string, options: RequestInit): { readonly activated: boolean };
}
