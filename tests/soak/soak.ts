// Two long runs in one browser: a page that sends 50 events a second while the endpoint fails in many ways, and a page
// that makes and ends a thousand trackers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import type { Tracker, TrackerOptions } from '../../js/src/index.ts';
import { storedMarkers } from '../chaos/delivery_end.ts';
import { FaultProxy } from '../chaos/fault_proxy.ts';
import { faults } from '../chaos/faults.ts';
import { defaultDist, PageServer } from '../chaos/page_server.ts';
import { seeded } from '../chaos/random.ts';
import { type Collector, startCollector } from '../collector/collector_process.ts';
import { Gauges, processesWith, type Sample } from './gauges.ts';

declare const webtrack: { createTracker(options: TrackerOptions): Tracker };

const EVENTS_PER_SECOND = 50;
const SAMPLE_MS = 10_000;
export const TRACKERS = 1_000;
const TRACKERS_PER_SAMPLE = 50;
/** How long the events that wait may take to arrive when the fault has ended. */
const ARRIVAL_MS = 120_000;
const SEED = 1;

export interface Run {
  title: string;
  samples: Sample[];
  tracked: number;
  lost: number;
}

interface Settings {
  /** Milliseconds of the run with faults. */
  duration: number;
  onSample(title: string, sample: Sample): void;
}

/** The page with events. The page's own tracker is the one of page.js. */
export function soakEvents({ duration, onSample }: Settings): Promise<Run> {
  const title = `${EVENTS_PER_SECOND} events a second under faults`;
  return inBrowser(async ({ page, gauges, proxy, collector }) => {
    proxy.use(faults.mixed, seeded(SEED, 'soak', 'proxy'));
    const samples: Sample[] = [];
    await page.evaluate((every) => {
      const shared = globalThis as unknown as { tracker: Tracker; soaked: number; timer: number };
      shared.soaked = 0;
      shared.timer = window.setInterval(() => {
        shared.tracker.track({
          event: 'soak',
          m: `soak-${shared.soaked++}`,
          text: 'tea '.repeat(20),
        });
      }, every);
    }, 1_000 / EVENTS_PER_SECOND);
    for (const end = performance.now() + duration; performance.now() < end; ) {
      await delay(SAMPLE_MS);
      const sample = await gauges.read();
      samples.push(sample);
      onSample(title, sample);
    }
    const tracked = await page.evaluate(() => {
      const shared = globalThis as unknown as { tracker: Tracker; soaked: number; timer: number };
      clearInterval(shared.timer);
      void shared.tracker.flush();
      return shared.soaked;
    });
    proxy.calm();
    return { title, samples, tracked, lost: await lostOf(collector, tracked) };
  });
}

/** The page with trackers: each sends an event and is ended. */
export function soakTrackers({ onSample }: Settings, worker: false | undefined): Promise<Run> {
  const where = worker === false ? 'in the page' : 'in the worker';
  const title = `${TRACKERS.toLocaleString('en')} trackers, the engine ${where}`;
  return inBrowser(async ({ page, gauges, proxy, collector }) => {
    const samples: Sample[] = [];
    for (let made = 0; made < TRACKERS; made += TRACKERS_PER_SAMPLE) {
      await page.evaluate(
        async ({ host, from, count, worker }) => {
          for (let n = from; n < from + count; n++) {
            const options = { host, logstore: 'web', ...(worker === false && { worker }) };
            const tracker = webtrack.createTracker(options);
            tracker.track({ event: 'soak', m: `soak-${n}` });
            await tracker.shutdown();
          }
        },
        { host: proxy.origin, from: made, count: TRACKERS_PER_SAMPLE, worker },
      );
      const sample = await gauges.read();
      samples.push(sample);
      onSample(title, sample);
    }
    return { title, samples, tracked: TRACKERS, lost: await lostOf(collector, TRACKERS) };
  });
}

interface Parts {
  page: Page;
  gauges: Gauges;
  proxy: FaultProxy;
  collector: Collector;
}

async function inBrowser<Answer>(use: (parts: Parts) => Promise<Answer>): Promise<Answer> {
  const profile = await mkdtemp(join(tmpdir(), 'soak-profile-'));
  const collector = await startCollector({ args: ['--logstore', 'web', '--quiet'] });
  const proxy = await FaultProxy.start(collector.url, () => {});
  const options: TrackerOptions = { host: proxy.origin, logstore: 'web', flushInterval: 2_000 };
  const pages = await PageServer.start({ prefix: 'soak', options, dist: defaultDist });
  let context: BrowserContext | undefined;
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
    });
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(pages.origin);
    const processes = async () => [
      ...(await processesWith(profile)),
      ...(collector.process.pid === undefined ? [] : [collector.process.pid]),
    ];
    const gauges = await Gauges.start(page, processes);
    return await use({ page, gauges, proxy, collector });
  } finally {
    await context?.close();
    await pages.stop();
    await proxy.stop();
    await collector.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}

/** Waits until all events are stored; returns how many are missing in the end. */
async function lostOf(collector: Collector, tracked: number): Promise<number> {
  for (const end = performance.now() + ARRIVAL_MS; ; ) {
    const missing = tracked - new Set(await storedMarkers(collector)).size;
    if (missing === 0 || performance.now() > end) return missing;
    await delay(1_000);
  }
}
