// The last events of a page are stored once, although the endpoint is slow and has had no preflight.
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
        await page.evaluate(
          (events) => {
            for (const event of events) window.tracker.track(event);
            return new Promise((resolve) => setTimeout(resolve, 20));
          },
          raceEvents('step', events, 0),
        );
        await leave(page, `${pages.origin}/next.html`);
        const markers = Array.from({ length: events }, (_, n) => markerOf(n));
        await expectStored(collector, 'm', markers);
      });
    }
  }
}
