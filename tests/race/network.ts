// The networks of the race: the machine's own, and one that is slow to send.
import type { Page } from '@playwright/test';

/** `slow`: 150 ms of latency and 750 kbit/s up. */
export type Network = 'fast' | 'slow';

/** Makes a page's network slow; Chromium alone can. */
export async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: -1,
    uploadThroughput: 750_000 / 8,
  });
}
