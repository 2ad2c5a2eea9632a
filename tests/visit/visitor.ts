// One visit in a new browser with a new profile; measures processor time, heap and requests.
import {
  type BrowserContext,
  type CDPSession,
  chromium,
  type LaunchOptions,
  type Page,
} from '@playwright/test';
import { settings as launchSettings } from '../race/browser.ts';
import type { Endpoint, Traffic } from './endpoint.ts';
import type { PageServer } from './page_server.ts';
import { VIEWPORT } from './pages.ts';
import { readThreads, type Threads, timeBetween } from './threads.ts';
import { type MainThread, now, Trace } from './trace.ts';
import { NONE, type Variant } from './variants.ts';
import { workerHeap } from './worker_heap.ts';

/** Samples of a thread, as the DevTools protocol has them. A node is a function and its callers. */
export interface Profile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[];
  /** Ids of nodes. */
  samples?: number[];
  /** Microseconds since the sample before. */
  timeDeltas?: number[];
}

export interface CallFrame {
  functionName: string;
  /** '' for functions of the browser. */
  url: string;
  /** From 0. */
  lineNumber: number;
  columnNumber: number;
}

export interface VisitSettings {
  pages: PageServer;
  endpoint: Endpoint;
  variant: Variant;
  /** How many times slower the main thread runs. */
  throttle: number;
}

/** The figures at one moment. */
export interface Moment {
  at: number;
  /** Processor time of the main thread since the visit began, milliseconds. */
  mainThread: number;
  threads: Threads;
}

/** Milliseconds of processor time that a part of a visit took. */
export interface Part {
  /** The main thread in scripts. */
  script: number;
  /** The main thread in everything. */
  mainThread: number;
  workers: number;
  /** All threads of the page's process. */
  threads: number;
}

export class Visitor {
  readonly page: Page;
  readonly #variant: Variant;
  readonly #origin: string;
  readonly #context: BrowserContext;
  readonly #browser: CDPSession;
  readonly #session: CDPSession;
  readonly #trace: Trace;
  readonly #errors: Error[] = [];
  #threads: Threads = new Map();
  /** Main-thread time of documents that were left, milliseconds. */
  #mainThread = 0;

  private constructor(
    { variant, pages }: VisitSettings,
    context: BrowserContext,
    page: Page,
    sessions: { browser: CDPSession; page: CDPSession },
    trace: Trace,
  ) {
    this.#variant = variant;
    this.#origin = pages.origin;
    this.#context = context;
    this.page = page;
    this.#browser = sessions.browser;
    this.#session = sessions.page;
    this.#trace = trace;
    page.on('pageerror', (error) => this.#errors.push(error));
  }

  static async start(settings: VisitSettings): Promise<Visitor> {
    const { pages, endpoint, variant, throttle } = settings;
    pages.show(variant, endpoint.origin);
    const context = await chromium.launchPersistentContext('', {
      ...(launchSettings as LaunchOptions),
      viewport: VIEWPORT,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const browser = await context.browser()?.newBrowserCDPSession();
    if (!browser) throw new Error('The browser has no session of its own');
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    if (throttle > 1) await session.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    const trace = await Trace.start(browser);
    return new Visitor(settings, context, page, { browser, page: session }, trace);
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.#origin}${path}`, { waitUntil: 'load' });
  }

  async moment(): Promise<Moment> {
    const { ThreadTime = 0 } = await this.#metrics();
    this.#threads = await readThreads(this.#browser, this.#threads);
    return {
      at: now(),
      mainThread: this.#mainThread + ThreadTime * 1000,
      threads: this.#threads,
    };
  }

  /** Call this before opening each document but the first: the protocol's counter starts anew in each document. */
  async leave(): Promise<void> {
    const { ThreadTime = 0 } = await this.#metrics();
    this.#mainThread += ThreadTime * 1000;
  }

  /** Samples what the main thread does until the returned function is called; call it before the page is left. */
  async sample(everyMicroseconds: number): Promise<() => Promise<Profile>> {
    await this.#session.send('Profiler.enable');
    await this.#session.send('Profiler.setSamplingInterval', { interval: everyMicroseconds });
    await this.#session.send('Profiler.start');
    return async () => (await this.#session.send('Profiler.stop')).profile;
  }

  /** Bytes in use after garbage collection, which takes time. */
  async heap(): Promise<{ page: number; worker: number | undefined }> {
    await this.#session.send('HeapProfiler.collectGarbage');
    const { JSHeapUsedSize = 0 } = await this.#metrics();
    return { page: JSHeapUsedSize, worker: await workerHeap(this.#browser, this.#origin) };
  }

  /** Ends the trace. Throws if a script of the page threw, or if the client has sent nothing. */
  async traced({ requests }: Traffic): Promise<MainThread> {
    const [error] = this.#errors;
    if (error) throw error;
    const { name } = this.#variant;
    if (requests === 0 && name !== NONE) throw new Error(`${name} has sent nothing`);
    return this.#trace.end(this.#origin);
  }

  async stop(): Promise<void> {
    await this.#context.close();
  }

  async #metrics(): Promise<Record<string, number>> {
    const { metrics } = await this.#session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }
}

export function partBetween(main: MainThread, before: Moment, after: Moment): Part {
  const { workers, all } = timeBetween(before.threads, after.threads, main.process);
  return {
    script: main.scriptTime([before.at, after.at]),
    mainThread: after.mainThread - before.mainThread,
    workers,
    threads: all,
  };
}

export function sumOf(parts: readonly Part[]): Part {
  const sum = (of: keyof Part) => parts.reduce((total, part) => total + part[of], 0);
  return {
    script: sum('script'),
    mainThread: sum('mainThread'),
    workers: sum('workers'),
    threads: sum('threads'),
  };
}
