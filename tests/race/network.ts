// The networks of the race: the machine's own, and one with a slow upload.
import type { BrowserContext, CDPSession, Page } from '@playwright/test';

/** `slow`: 150 ms of latency and 750 kbit/s up. */
export type Network = 'fast' | 'slow';

const CONDITIONS = {
  offline: false,
  latency: 150,
  downloadThroughput: -1,
  uploadThroughput: 750_000 / 8,
};

/** Makes a page's network slow. Only for Chromium. */
export async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', CONDITIONS);
}

/** Makes the network of all shared workers slow, as they do not belong to a page. */
export async function slowWorkersDown(context: BrowserContext): Promise<void> {
  const browser = context.browser();
  if (!browser) return;
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send('Target.getTargets', { filter: [{}] });
  for (const { type, targetId } of targetInfos) {
    if (type !== 'shared_worker') continue;
    // Playwright has no sessions for shared workers.
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
    await sendTo(session, sessionId, 1, 'Network.enable', {});
    await sendTo(session, sessionId, 2, 'Network.emulateNetworkConditions', CONDITIONS);
  }
}

/** Sends a command; resolves when it is answered. */
async function sendTo(
  session: CDPSession,
  sessionId: string,
  id: number,
  method: string,
  params: object,
): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    session.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId === sessionId && JSON.parse(event.message).id === id) resolve();
    });
  });
  const message = JSON.stringify({ id, method, params });
  await session.send('Target.sendMessageToTarget', { sessionId, message });
  await answered;
}
