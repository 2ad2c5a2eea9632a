// The heap of a shared worker, by the DevTools protocol.
import type { CDPSession } from '@playwright/test';

interface HeapUsage {
  usedSize: number;
  backingStorageSize?: number;
}

const ANSWER_MS = 5_000;

/** Bytes in use after garbage collection, with buffers; undefined if `origin` has no worker. */
export async function workerHeap(browser: CDPSession, origin: string): Promise<number | undefined> {
  const { targetInfos } = await browser.send('Target.getTargets', {
    filter: [{ type: 'shared_worker' }],
  });
  const worker = targetInfos.find(({ url }) => url.startsWith(origin));
  if (!worker) return undefined;
  const { targetId } = worker;
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: false });
  try {
    await ask(browser, sessionId, 'HeapProfiler.collectGarbage');
    const usage = (await ask(browser, sessionId, 'Runtime.getHeapUsage')) as HeapUsage;
    return usage.usedSize + (usage.backingStorageSize ?? 0);
  } finally {
    await browser.send('Target.detachFromTarget', { sessionId });
  }
}

let lastId = 0;

/** Sends a command to a target for which Playwright has no session. */
function ask(browser: CDPSession, sessionId: string, method: string): Promise<unknown> {
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
    const message = JSON.stringify({ id, method });
    browser.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
  });
}
