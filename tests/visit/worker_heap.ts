// What a shared worker keeps in memory, by the DevTools protocol.
import type { CDPSession } from '@playwright/test';

interface HeapUsage {
  usedSize: number;
  backingStorageSize?: number;
}

const ANSWER_MS = 5_000;

/** Sends a command of the DevTools protocol to one page or worker. */
export type Ask = (method: string, params?: object) => Promise<unknown>;

/** Bytes in use after garbage collection, with buffers; undefined if `origin` has no worker. */
export function workerHeap(browser: CDPSession, origin: string): Promise<number | undefined> {
  return inWorker(browser, origin, async (ask) => {
    await ask('HeapProfiler.collectGarbage');
    const usage = (await ask('Runtime.getHeapUsage')) as HeapUsage;
    return usage.usedSize + (usage.backingStorageSize ?? 0);
  });
}

/** Calls `use` for the shared worker of `origin`; resolves to undefined if there is none. */
export async function inWorker<Answer>(
  browser: CDPSession,
  origin: string,
  use: (ask: Ask) => Promise<Answer>,
): Promise<Answer | undefined> {
  const { targetInfos } = await browser.send('Target.getTargets', {
    filter: [{ type: 'shared_worker' }],
  });
  const worker = targetInfos.find(({ url }) => url.startsWith(origin));
  if (!worker) return undefined;
  const { targetId } = worker;
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: false });
  try {
    return await use((method, params = {}) => send(browser, sessionId, method, params));
  } finally {
    await browser.send('Target.detachFromTarget', { sessionId });
  }
}

let lastId = 0;

/** Sends a command to a target for which Playwright has no session. */
function send(
  browser: CDPSession,
  sessionId: string,
  method: string,
  params: object,
): Promise<unknown> {
  lastId++;
  const id = lastId;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => settle(() => reject(new Error(`${method}: no answer`))),
      ANSWER_MS,
    );
    const listen = (received: { sessionId: string; message: string }) => {
      if (received.sessionId !== sessionId) return;
      const { id: answered, result, error } = JSON.parse(received.message);
      if (answered !== id) return;
      settle(() => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result)));
    };
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      browser.off('Target.receivedMessageFromTarget', listen);
      outcome();
    };
    browser.on('Target.receivedMessageFromTarget', listen);
    const message = JSON.stringify({ id, method, params });
    browser.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
  });
}
