// Properties of the browser and the device, as tags of each batch.

import type { Page } from '@playwright/test';
import packageJson from '../../../package.json' with { type: 'json' };
import {
  type Collector,
  eventually,
  expect,
  ONLY_ON_EXIT,
  type StoredLog,
  test,
} from '../fixtures.ts';
import { expectUndone, watchTraces } from './undone.ts';

const PAGE = 'capture/context.html';
const setup = { options: { ...ONLY_ON_EXIT, capture: { context: {} }, tags: { mine: 'too' } } };
const TAG = '__tag__:';

/** Tracks the event `a` and returns the tags of its batch that the plug-in has added. */
async function tagsOf(page: Page, collector: Collector): Promise<Record<string, unknown>> {
  await page.evaluate(async () => {
    window.tracker.track({ event: 'a' });
    await window.tracker.flush();
  });
  await eventually(async () => (await collector.logs()).length).toBe(1);
  const [log] = (await collector.logs()) as [StoredLog];
  expect(Object.keys(log)).not.toContain('user_agent');
  const tags = Object.entries(log)
    .filter(([name]) => name.startsWith(TAG))
    .map(([name, value]) => [name.slice(TAG.length), value]);
  const { batch_id, mine, ...others } = Object.fromEntries(tags);
  expect(batch_id).toBeTruthy();
  expect(mine).toBe('too');
  return Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith('__')));
}

test('the tags are exactly what the browser reports', async ({ page, open, collector }) => {
  await open(PAGE, setup);
  const said = await page.evaluate(() => {
    const { userAgent, languages } = navigator;
    const { userAgentData, connection } = navigator as Navigator & {
      userAgentData?: {
        brands: { brand: string; version: string }[];
        mobile: boolean;
        platform: string;
      };
      connection?: { effectiveType: string };
    };
    return {
      user_agent: userAgent.slice(0, 200),
      languages: languages.join(','),
      screen_px: `${screen.width}x${screen.height}`,
      window_px: `${outerWidth}x${outerHeight}`,
      device_pixel_ratio: String(devicePixelRatio),
      viewport_px: `${innerWidth}x${innerHeight}`,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...(userAgentData && {
        ua_brands: userAgentData.brands
          .map(({ brand, version }) => `${brand} ${version}`)
          .join(', '),
        ua_mobile: String(userAgentData.mobile),
        ua_platform: userAgentData.platform,
      }),
      ...(connection && { connection_type: connection.effectiveType }),
    };
  });
  expect(said.screen_px).toMatch(/^\d{3,4}x\d{3,4}$/);
  expect(said.window_px).toMatch(/^\d{3,4}x\d{3,4}$/);
  expect(await tagsOf(page, collector)).toEqual({
    ...said,
    library_version: packageJson.version,
  });
});

test('the tags describe a phone', async ({ page, open, collector }) => {
  await page.addInitScript(() => {
    const tell = (owner: object, told: object) => {
      for (const [name, value] of Object.entries(told)) {
        Object.defineProperty(owner, name, { value, configurable: true });
      }
    };
    tell(navigator, {
      userAgent: 'Mozilla/5.0 '.padEnd(5_000, 'x'),
      languages: ['zh-CN', 'en'],
      connection: { effectiveType: '3g' },
      userAgentData: {
        brands: [
          { brand: 'Not A(Brand', version: '8' },
          { brand: 'Chromium', version: '140' },
        ],
        mobile: true,
        platform: 'Android',
      },
    });
    tell(screen, { width: 412, height: 915 });
    tell(window, { outerWidth: 412, outerHeight: 800, devicePixelRatio: 2.625_000_1 });
  });
  await open(PAGE, setup);
  expect(await tagsOf(page, collector)).toMatchObject({
    user_agent: 'Mozilla/5.0 '.padEnd(200, 'x'),
    ua_brands: 'Not A(Brand 8, Chromium 140',
    ua_mobile: 'true',
    ua_platform: 'Android',
    languages: 'zh-CN,en',
    screen_px: '412x915',
    window_px: '412x800',
    device_pixel_ratio: '2.63',
    connection_type: '3g',
  });
});

test('properties that the browser does not report are left out', async ({
  page,
  open,
  collector,
}) => {
  await page.addInitScript(() => {
    for (const name of ['userAgent', 'userAgentData', 'languages', 'connection']) {
      Object.defineProperty(navigator, name, { value: undefined });
    }
    // A page that was never shown has this width.
    Object.defineProperty(window, 'outerWidth', { value: 0 });
  });
  await open(PAGE, setup);
  expect(Object.keys(await tagsOf(page, collector)).sort()).toEqual([
    'device_pixel_ratio',
    'library_version',
    'screen_px',
    'time_zone',
    'viewport_px',
  ]);
});

test('only the size of the screen is missing if window.screen is @not-webkit', async ({
  page,
  open,
  collector,
}) => {
  await page.addInitScript(() => Object.defineProperty(window, 'screen', { value: undefined }));
  await open(PAGE, setup);
  const tags = await tagsOf(page, collector);
  expect(tags).not.toHaveProperty('screen_px');
  expect(tags).toMatchObject({ time_zone: expect.any(String), user_agent: expect.any(String) });
});

test('reading the tags does not force a layout', async ({ page, open }) => {
  await open(PAGE);
  const { layoutMs, tagsMs } = await page.evaluate(() => {
    const texts = Array.from({ length: 3_000 }, () =>
      Object.assign(document.createElement('p'), { textContent: 'a b c' }),
    );
    document.body.append(...texts);
    // Take the fastest of several runs, because the machine may be busy.
    const leastOf = (work: () => unknown) => {
      const times = Array.from({ length: 6 }, (_, n) => {
        document.body.style.fontSize = `${10 + (n % 2)}px`;
        const begun = performance.now();
        work();
        return performance.now() - begun;
      });
      return Math.min(...times);
    };
    return {
      tagsMs: leastOf(() => window.webtrack.context().tags?.()),
      layoutMs: leastOf(() => document.body.offsetHeight),
    };
  });
  expect(layoutMs).toBeGreaterThan(2);
  expect(tagsMs).toBeLessThan(layoutMs / 2);
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  open,
  collector,
}) => {
  await watchTraces(page);
  await open(PAGE, { options: { capture: {} } });
  await expectUndone(
    page,
    collector.url,
    { context: {} },
    () => page.evaluate(() => window.second.track({ event: 'a' })),
    async () => {},
  );
});
