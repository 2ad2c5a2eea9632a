// Shared by all browser tests: each test gets a collector, a page server, and pages with a tracker.

import { fileURLToPath } from 'node:url';
import { test as base, expect, type Page } from '@playwright/test';
import type * as Plugins from '../../js/src/capture.ts';
import type { Drop, Notice, Tracker, TrackerOptions } from '../../js/src/index.ts';
import { type Collector, type StoredLog, startCollector } from '../collector/collector_process.ts';
import { inWebKit } from '../webkit/fixtures.ts';
import { PageServer } from './page_server.ts';

export type { Collector, StoredLog } from '../collector/collector_process.ts';
export { expect };

declare global {
  interface Window {
    webtrack: {
      createTracker(options: TrackerOptions): Tracker;
      /** Set by a script tag that carries its options as attributes. */
      tracker?: Tracker;
    } & typeof Plugins;
    /** The tracker that `pages/harness.js` makes. */
    tracker: Tracker;
    /** What `tracker` has passed to `onDrop`. */
    drops: Drop[];
    /** What `tracker` has passed to `onNotice`. */
    notices: Notice[];
    makeTracker(options: PageOptions): Tracker;
  }
}

/** Seals no batch until the test calls `flush()` or leaves the page. */
export const ONLY_ON_EXIT = {
  flushCount: 4096,
  flushBytes: 2_800_000,
  flushInterval: 3_600_000,
} as const satisfies Partial<TrackerOptions>;

/** Flags for a collector that also serves the demo. */
export const WITH_SITE = ['--site', fileURLToPath(new URL('../../build/site', import.meta.url))];

/** Options that fit into a URL: plug-ins are given by name, with their options. */
export type PageOptions = Omit<Partial<TrackerOptions>, 'capture'> & {
  capture?: { [name in keyof typeof Plugins]?: object };
};

interface OpenPage {
  options?: PageOptions;
  /** Tracked as soon as the page's scripts run. */
  events?: readonly Record<string, unknown>[];
  /** Flush after `events`. */
  flush?: boolean;
  /** How many events a click on `exit.html` tracks before it leaves. */
  steps?: number;
  /** Content security policy of the page. */
  csp?: string;
}

interface Fixtures {
  /** Additional flags for the collector. */
  collectorFlags: string[];
  /** `logs()` and `batches()` return everything, in the order of arrival. */
  collector: Collector;
  pages: PageServer;
  /** Opens a page of `pages/`, which makes `window.tracker` with the given options. */
  open(page: string, setup?: OpenPage): Promise<void>;
  /** Allows batches to be sent twice: a page that is gone misses the answer, so the next page may send again. */
  mayRepeat: boolean;
  /** Console errors and uncaught exceptions that the test expects; any other one fails it. */
  expectedProblems: RegExp | undefined;
}

const inPlaywright = base.extend<Fixtures>({
  collectorFlags: [[], { option: true }],
  mayRepeat: [false, { option: true }],

  collector: async ({ collectorFlags, mayRepeat }, use, test) => {
    const collector = await startCollector({
      args: ['--logstore', 'web', '--logstore', 'other', ...collectorFlags],
    });
    const everything = { after: 0, limit: 10_000 };
    await use({
      ...collector,
      logs: (query) => collector.logs({ ...everything, ...query }),
      batches: (query) => collector.batches({ ...everything, ...query }),
    });
    if (test.status !== test.expectedStatus) {
      await test.attach('collector.log', { body: collector.requestLog.join('\n') });
    }
    // Check at the end: a batch may also be sent twice after the test has seen it stored.
    const repeated = (await collector.batches()).filter((batch) => batch.repeated !== 0);
    await collector.stop();
    if (!mayRepeat) expect(repeated).toEqual([]);
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names out of the pattern.
  pages: async ({}, use) => {
    const pages = await PageServer.start();
    await use(pages);
    await pages.stop();
  },

  open: async ({ page, pages, collector }, use) => {
    await use(async (name, { options, events, flush, steps, csp } = {}) => {
      const query = new URLSearchParams({
        options: JSON.stringify({ host: collector.url, logstore: 'web', ...options }),
      });
      if (events !== undefined) query.set('events', JSON.stringify(events));
      if (flush) query.set('flush', '');
      if (steps !== undefined) query.set('steps', String(steps));
      if (csp !== undefined) query.set('csp', csp);
      await page.goto(`${pages.origin}/${name}?${query}`);
    });
  },

  expectedProblems: [undefined, { option: true }],

  // The context depends on the servers so that they stop after it; otherwise their end causes page errors.
  context: async ({ context, expectedProblems, collector: _, pages: __ }, use) => {
    const problems: string[] = [];
    await context.addInitScript(() => {
      // Not every browser reports violations on the console that Playwright reads.
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        console.error(`CSP forbids ${blockedURI} by ${violatedDirective}`),
      );
    });
    context.on('weberror', (error) => problems.push(String(error.error())));
    context.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await use(context);
    expect(problems.filter((problem) => !expectedProblems?.test(problem))).toEqual([]);
  },
});

export const test =
  process.env.WEBTRACK_BROWSER === 'webkitgtk' ? inPlaywright.extend(inWebKit) : inPlaywright;

/** HTTP methods of all requests to `/track`, in the order of arrival. */
export function trackMethods({ requestLog }: Collector): string[] {
  return requestLog
    .map((line) => JSON.parse(line))
    .filter(({ path }) => /\/track$/.test(path))
    .map(({ method }) => method);
}

/** Sends all waiting events. Afterwards the engine of the page is loaded. */
export function flush(page: Page): Promise<void> {
  return page.evaluate(() => window.tracker.flush());
}

/** The Web Locks of delivery that are held or awaited, without the one by which a worker shows that it lives. */
export function deliveryLocks(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { held, pending } = await navigator.locks.query();
    return [...(held ?? []), ...(pending ?? [])]
      .map(({ name }) => name as string)
      .filter((name) => !name.startsWith('webtrack life '));
  });
}

/** A batch as the outbox stores it. */
export interface OutboxBatch {
  tracker: string;
  number: number;
  part: string;
  events: number;
}

/** The batches in a store of the outbox: sealed ones, or copies of open ones. */
export function outboxOf(
  page: Page,
  store: 'batches' | 'open' = 'batches',
): Promise<OutboxBatch[]> {
  return page.evaluate(async (store) => {
    const answer = <Result>(request: IDBRequest<Result>) =>
      new Promise<Result>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    // Opening a missing database would create it.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'webtrack')) return [];
    const db = await answer(indexedDB.open('webtrack'));
    const records = await answer(db.transaction(store).objectStore(store).getAll());
    db.close();
    // The store also holds plain numbers; only batches have a body.
    return records.filter(({ body }) => body);
  }, store);
}

/** 0, 1, … count - 1 as strings, because the collector stores strings. */
export const numbers = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => String(n));

/** Tracks `{event: 'step', n}` for n below `count`, in one task. */
export function trackSteps(page: Page, count: number, from = 0): Promise<void> {
  return page.evaluate(
    ([from, to]) => {
      for (let n = from; n < to; n++) window.tracker.track({ event: 'step', n });
    },
    [from, from + count] as const,
  );
}

/** Waits until exactly these values of `field` are stored, once, in the order of tracking. Failed requests are fine. */
export async function expectStoredAtLast(
  collector: Collector,
  field: string,
  values: readonly string[],
): Promise<void> {
  await eventually(async () => asTracked(await collector.logs()).map((log) => log[field])).toEqual(
    values,
  );
}

/** Sorts logs into the order in which their events were tracked. */
export function asTracked(logs: readonly StoredLog[]): StoredLog[] {
  const sequence = (log: StoredLog) => Number(String(log['__tag__:batch_id']).split('-').pop());
  return [...logs].sort((a, b) => {
    // Within one page `seq` gives the order.
    if (a.page_load_id && a.page_load_id === b.page_load_id) return Number(a.seq) - Number(b.seq);
    return Number(a.ts) - Number(b.ts) || sequence(a) - sequence(b) || a.__id__ - b.__id__;
  });
}

/** `expect.poll` with shorter pauses, because the awaited state takes only milliseconds. */
export function eventually<Value>(read: () => Promise<Value>) {
  return expect.poll(read, { intervals: [50, 100, 200], timeout: 30_000 });
}

/**
 * Waits until exactly these values of `field` are stored, in the order of tracking. No batch may have been refused
 * or sent twice.
 */
export async function expectStored(
  collector: Collector,
  field: string,
  values: readonly string[],
): Promise<void> {
  await expectStoredAtLast(collector, field, values);
  for (const batch of await collector.batches()) {
    expect(batch).toMatchObject({ status: 200, repeated: 0 });
  }
}

/**
 * Hides a page and returns a function that shows it again. In Firefox another tab covers it. Chromium under Playwright
 * keeps every page visible, so there the visibility is faked.
 */
export async function hide(page: Page): Promise<() => Promise<void>> {
  const visibility = () => page.evaluate(() => document.visibilityState);
  if (page.context().browser()?.browserType().name() === 'firefox') {
    const [other] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(() => void open('/next.html')),
    ]);
    await eventually(visibility).toBe('hidden');
    return async () => {
      await other.close();
      await eventually(visibility).toBe('visible');
    };
  }
  const turn = (state: DocumentVisibilityState) =>
    page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, state);
  await turn('hidden');
  return () => turn('visible');
}
