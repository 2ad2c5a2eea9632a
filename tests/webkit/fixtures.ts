// The fixtures of a test in WebKitGTK.
import type { Fixtures, PlaywrightTestArgs } from '@playwright/test';
import type { Collector } from '../collector/collector_process.ts';
import type { PageServer } from '../e2e/page_server.ts';
import { type Driver, startDriver } from './driver.ts';
import { contextOf } from './page.ts';

type Given = PlaywrightTestArgs & { pages: PageServer; collector: Collector };

export const inWebKit: Fixtures<object, { webkit: Driver }, Given> = {
  webkit: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names out of the pattern.
    async ({}, use) => {
      const driver = await startDriver();
      await use(driver);
      await driver.stop();
    },
    { scope: 'worker' },
  ],
  // Depends on the servers so that they stop after the browser.
  context: async ({ webkit, pages, collector: _ }, use) => {
    const driver = await webkit.open();
    await use(await contextOf(driver, pages));
    await driver.quit();
  },
  page: async ({ context }, use) => use(await context.newPage()),
};
