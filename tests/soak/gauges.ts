// What must not grow: memory of the page and of the worker, listeners, storage, open files.
import { readdir, readFile } from 'node:fs/promises';
import type { CDPSession, Page } from '@playwright/test';
import { type Ask, inWorker, workerHeap } from '../visit/worker_heap.ts';

/** Undefined without a worker. */
export interface Sample {
  /** Seconds since the start. */
  at: number;
  /** Bytes of JavaScript in use after garbage collection. */
  pageHeap: number;
  workerHeap: number | undefined;
  /** Bytes of WebAssembly memory, of the page and the worker together. */
  moduleMemory: number;
  /** Listeners of the page. */
  listeners: number;
  /** Bytes that the origin stores. */
  storage: number;
  /** Open files of the browser and the collector. */
  files: number;
}

export class Gauges {
  readonly #page: Page;
  readonly #session: CDPSession;
  readonly #browser: CDPSession;
  readonly #processes: () => Promise<number[]>;
  readonly #since = performance.now();

  private constructor(
    page: Page,
    sessions: { page: CDPSession; browser: CDPSession },
    processes: () => Promise<number[]>,
  ) {
    this.#page = page;
    this.#session = sessions.page;
    this.#browser = sessions.browser;
    this.#processes = processes;
  }

  /** `processes`: returns the ids of the processes whose open files count. */
  static async start(page: Page, processes: () => Promise<number[]>): Promise<Gauges> {
    const browser = await page.context().browser()?.newBrowserCDPSession();
    if (!browser) throw new Error('The browser has no session of its own');
    return new Gauges(page, { page: await page.context().newCDPSession(page), browser }, processes);
  }

  async read(): Promise<Sample> {
    const origin = new URL(this.#page.url()).origin;
    const inPage = ((method, params) =>
      this.#session.send(method as never, params as never)) as Ask;
    await inPage('HeapProfiler.collectGarbage');
    const { usedSize } = (await inPage('Runtime.getHeapUsage')) as { usedSize: number };
    const { jsEventListeners } = (await inPage('Memory.getDOMCounters')) as {
      jsEventListeners: number;
    };
    return {
      at: Math.round((performance.now() - this.#since) / 1000),
      pageHeap: usedSize,
      workerHeap: await workerHeap(this.#browser, origin),
      moduleMemory:
        (await moduleMemory(inPage)) + ((await inWorker(this.#browser, origin, moduleMemory)) ?? 0),
      listeners: jsEventListeners,
      storage: await this.#page.evaluate(
        async () => (await navigator.storage.estimate()).usage ?? 0,
      ),
      files: (await Promise.all((await this.#processes()).map(openFiles))).reduce(
        (a, b) => a + b,
        0,
      ),
    };
  }
}

interface RemoteObject {
  objectId: string;
}

/** Bytes of all `WebAssembly.Memory` objects. */
async function moduleMemory(ask: Ask): Promise<number> {
  const { result } = (await ask('Runtime.evaluate', {
    expression: 'WebAssembly.Memory.prototype',
  })) as { result: RemoteObject };
  const { objects } = (await ask('Runtime.queryObjects', {
    prototypeObjectId: result.objectId,
  })) as { objects: RemoteObject };
  const sum = (await ask('Runtime.callFunctionOn', {
    objectId: objects.objectId,
    functionDeclaration: `function () {
      return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    }`,
    returnByValue: true,
  })) as { result: { value: number } };
  return sum.result.value;
}

/** Ids of all processes whose command line has this text. */
export async function processesWith(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const id of await readdir('/proc')) {
    if (!/^\d+$/.test(id)) continue;
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(text)) found.push(Number(id));
  }
  return found;
}

/** 0 for a process that has ended. */
async function openFiles(process: number): Promise<number> {
  return (await readdir(`/proc/${process}/fd`).catch(() => [])).length;
}
