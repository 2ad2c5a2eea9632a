// The last events of a page arrive, each once, although the endpoint is far away and was not asked before.
import type { Page } from '@playwright/test';
import { Endpoint } from '../race/endpoint.ts';
import { markerOf } from '../race/markers.ts';
import { type Network, slowDown, slowWorkersDown } from '../race/network.ts';
import { raceEvents } from '../race/race_events.ts';
import { test as base, expectStored, flush } from './fixtures.ts';

const test = base.extend<{ endpoint: Endpoint }>({
  // Between the page and the collector; it takes its time.
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
    // Before there is an engine no more can leave with a page than a beacon holds.
    for (const [events, isConnected] of [
      [60, false],
      [60, true],
      [300, true],
    ] as const) {
      const when = isConnected ? '' : ', though there is no engine yet';
      const title = `${events} events at once arrive by a ${network} network when ${exit}${when}`;
      // No other browser can be slowed down. And Firefox loses what leaves a new tab that is closed, 1 time in 50.
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
