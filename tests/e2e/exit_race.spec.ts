// The last events of a page are stored once, although the endpoint is slow and has had no preflight.
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { Endpoint } from '../race/endpoint.ts';
import { markerOf } from '../race/markers.ts';
import { type Network, slowDown, slowWorkersDown } from '../race/network.ts';
import { raceEvents } from '../race/race_events.ts';
import { test as base, expectStored, flush } from './fixtures.ts';

const test = base.extend<{ endpoint: Endpoint }>({
  // A slow proxy between the page and the collector.
  endpoint: async ({ collector }, use) => {
    const endpoint = await Endpoint.start(collector);
    await use(endpoint);
    await endpoint.stop();
  },
});

/** The page's own beacon: what arrives without this library when the page is left. */
const CONTROL = '/control';

const EXITS: Record<string, (page: Page, next: string) => Promise<unknown>> = {
  'the page is left': (page, next) => page.goto(next),
  'the tab is closed': (page) => page.close({ runBeforeUnload: false }),
};

for (const [exit, leave] of Object.entries(EXITS)) {
  for (const network of ['fast', 'slow'] satisfies Network[]) {
    // 60 events before the engine has loaded: more would not fit into a beacon.
    for (const [events, isConnected] of [
      [60, false],
      [60, true],
      [300, true],
    ] as const) {
      const when = isConnected ? '' : ' before its engine has loaded';
      const title = `${events} events are stored over a ${network} network when ${exit}${when}`;
      // Only Chromium can be slowed down. Firefox loses what a closed new tab sends once in 20 runs.
      const isFirst = exit === 'the tab is closed' && !isConnected;
      const tag = network === 'slow' || isFirst ? ['@chromium'] : [];
      test(title, { tag }, async ({ page, pages, open, collector, endpoint }) => {
        await open('script.html', { options: { host: endpoint.origin } });
        if (isConnected) await flush(page);
        if (network === 'slow') {
          await slowDown(page);
          await slowWorkersDown(page.context());
        }
        const control = `${endpoint.origin}${CONTROL}`;
        await page.evaluate(
          ({ events, control }) => {
            addEventListener('pagehide', () => navigator.sendBeacon(control));
            for (const event of events) window.tracker.track(event);
            return new Promise((resolve) => setTimeout(resolve, 20));
          },
          { events: raceEvents('step', events, 0), control },
        );
        await leave(page, `${pages.origin}/next.html`);
        const markers = Array.from({ length: events }, (_, n) => markerOf(n));
        // A browser gives a closing tab half a second for its handlers, and may run none on a busy machine.
        const ranHandlers = !isFirst || (await isSeen(endpoint, CONTROL));
        await expectStored(collector, 'm', ranHandlers ? markers : []);
      });
    }
  }
}

async function isSeen(endpoint: Endpoint, path: string): Promise<boolean> {
  for (let tries = 0; tries < 100 && !endpoint.hasSeen(path); tries++) await delay(100);
  return endpoint.hasSeen(path);
}
