// Pages that replace or remove built-ins. The library must never throw into such a page.

import { eventually, expect, expectStored, test } from './fixtures.ts';

// Changes to a page after which every event must still be stored.
const HARMLESS: Record<string, () => void> = {
  'Array.prototype has fields': () => {
    Object.assign(Array.prototype, { last: 'polluted', toJSON: () => 'polluted' });
  },
  'Object.prototype has fields': () => {
    Object.assign(Object.prototype, { polluted: 'polluted', status: 500, compressed: false });
  },
  'String.prototype.toJSON exists': () => {
    Object.assign(String.prototype, { toJSON: () => 'polluted' });
  },
  'navigation is a variable of its own': () => {
    Object.defineProperty(window, 'navigation', { value: ['home', 'shop'] });
  },
  'sendBeacon is missing': () => {
    Object.defineProperty(navigator, 'sendBeacon', { value: undefined });
  },
  'AbortSignal.timeout is missing': () => {
    Object.assign(AbortSignal, { timeout: undefined });
  },
  'idle time is made up by a timer': () => {
    Object.assign(window, {
      requestIdleCallback: (run: () => void) => setTimeout(run, 1),
      cancelIdleCallback: clearTimeout,
    });
  },
  'WebAssembly is missing': () => {
    Object.assign(window, { WebAssembly: undefined });
  },
};

// Changes after which events may be lost, but the page must keep working.
const HARMFUL: Record<string, () => void> = {
  'JSON.stringify throws': () => {
    JSON.stringify = () => {
      throw new Error('broken');
    };
  },
  'crypto is missing': () => {
    Object.defineProperty(window, 'crypto', { value: undefined });
  },
  'fetch throws': () => {
    window.fetch = () => {
      throw new Error('broken');
    };
  },
  'fetch answers nonsense': () => {
    window.fetch = (async () => 'nonsense') as never;
  },
  'TextEncoder is missing': () => {
    Object.assign(window, { TextEncoder: undefined });
  },
  'Request is missing': () => {
    Object.assign(window, { Request: undefined });
  },
  'Date.now throws': () => {
    Date.now = () => {
      throw new Error('broken');
    };
  },
  'addEventListener throws': () => {
    window.addEventListener = document.addEventListener = () => {
      throw new Error('broken');
    };
  },
  'atob throws': () => {
    window.atob = () => {
      throw new Error('broken');
    };
  },
  'setTimeout throws': () => {
    Object.assign(window, {
      setTimeout: () => {
        throw new Error('broken');
      },
    });
  },
  'Object.hasOwn is missing': () => {
    Object.assign(Object, { hasOwn: undefined });
  },
};

test('events are stored whole on a page with changed built-ins', async ({
  page,
  open,
  collector,
}) => {
  for (const [change, init] of Object.entries(HARMLESS)) {
    await open('script.html');
    await page.evaluate(init);
    await page.evaluate(
      ([host, change]) => {
        const tracker = window.makeTracker({ host, logstore: 'web', tags: { site: 'e2e' } });
        tracker.track({ event: change, n: 5, text: '"茶"' });
        return tracker.flush();
      },
      [collector.url, change] as const,
    );
  }
  await expectStored(collector, 'event', Object.keys(HARMLESS));
  for (const log of await collector.logs()) {
    expect(log).toMatchObject({ n: '5', text: '"茶"', '__tag__:site': 'e2e' });
    expect(log).not.toHaveProperty('polluted');
  }
});

test('plug-ins record on a page with changed built-ins', async ({ page, open, collector }) => {
  for (const [change, init] of Object.entries(HARMLESS)) {
    // This page has every plug-in in one file; webtrack.iife.js would load some of them later.
    await open('capture.html');
    await page.evaluate(init);
    await page.evaluate(
      async ([host, change]) => {
        const { autocapture, network } = window.webtrack;
        const tracker = window.webtrack.createTracker({
          host,
          logstore: 'web',
          capture: [...autocapture(), network()],
        });
        tracker.register({ change });
        document.body.innerHTML = '<button type="button">Buy</button>';
        await fetch('/next.html');
        Object.assign(window, { tracker });
      },
      [collector.url, change] as const,
    );
    await page.getByRole('button').click();
    await page.evaluate(async () => {
      history.pushState(null, '', '/next.html');
      await window.tracker.shutdown();
    });
  }
  const wanted = Object.keys(HARMLESS).flatMap((change) => [
    [change, 'page_view', 'capture.html'],
    [change, 'request', 'next.html'],
    [change, 'click', 'capture.html'],
    [change, 'page_leave', 'capture.html'],
  ]);
  await eventually(async () =>
    (await collector.logs()).map(({ change, event, page_url, request_url }) => [
      change,
      event,
      new URL(String(request_url ?? page_url)).pathname.slice(1),
    ]),
  ).toEqual(expect.arrayContaining(wanted));
});

test.describe('with broken built-ins', () => {
  test.use({ mayRepeat: true });

  test('no call of the library throws @not-webkit', async ({ page, open, collector }) => {
    for (const [change, init] of Object.entries(HARMFUL)) {
      await open('script.html');
      await page.evaluate(init);
      const thrown = await page.evaluate(async (host) => {
        try {
          const tracker = window.webtrack.createTracker({
            host,
            logstore: 'web',
            flushInterval: 0,
            capture: [...window.webtrack.autocapture(), window.webtrack.network()],
          });
          history.pushState(null, '', '/next.html');
          for (let n = 0; n < 5; n++) tracker.track({ event: 'step', n, nested: { n } });
          dispatchEvent(new Event('pagehide'));
          await tracker.flush();
          await tracker.shutdown();
          tracker.track({ event: 'late' });
          return 'nothing';
        } catch (error) {
          return String(error);
        }
      }, collector.url);
      expect.soft(thrown, change).toBe('nothing');
    }
  });
});
