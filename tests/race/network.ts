// The networks of the race: the machine's own, and one that is slow to send.
import type { BrowserContext, CDPSession, Page } from '@playwright/test';

/** `slow`: 150 ms of latency and 750 kbit/s up. */
export type Network = 'fast' | 'slow';

const CONDITIONS = {
  offline: false,
  latency: 150,
  downloadThroughput: -1,
  uploadThroughput: 750_000 / 8,
};

/** Makes a page's network slow; Chromium alone can. */
export async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', CONDITIONS);
}

/** The same for the shared workers of the browser, which are no page's. */
export async function slowWorkersDown(context: BrowserContext): Promise<void> {
  const browser = context.browser();
  if (!browser) return;
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send('Target.getTargets', { filter: [{}] });
  for (const { type, targetId } of targetInfos) {
    if (type !== 'shared_worker') continue;
    // Playwright gives no session of its own for these.
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
    await sendTo(session, sessionId, 1, 'Network.enable', {});
    await sendTo(session, sessionId, 2, 'Network.emulateNetworkConditions', CONDITIONS);
  }
}

/** Resolves when the command was answered. */
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
