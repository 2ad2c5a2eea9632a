// The endpoint fails while events are recorded: how many are stored once it works again?
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { Visit, type VisitSettings } from './visit.ts';

export interface Outage {
  name: string;
  title: string;
  state: 'refusing' | 'dropping';
  /** The page is left during the outage and opened again afterwards. */
  leave: boolean;
}

export const outages: readonly Outage[] = [
  { name: 'refusing', title: '503, same page', state: 'refusing', leave: false },
  { name: 'dropping', title: 'connections cut, same page', state: 'dropping', leave: false },
  { name: 'refusing-left', title: '503, page left', state: 'refusing', leave: true },
  { name: 'dropping-left', title: 'connections cut, page left', state: 'dropping', leave: true },
];

/** Events recorded during the outage; one more is recorded after it. */
export const OUTAGE_EVENTS = 20;

const OUTAGE_MS = 5_000;
/** How long before the outage's end the page is left. */
const LEFT_MS = 1_000;
/** Events that are not stored this long after the outage count as lost. */
const PATIENCE_MS = 30_000;
/** Send interval in seconds: a client with a longer one would not notice the outage. */
const INTERVAL = 2;

export interface OutageRun {
  /** Requests that failed. If there was none, the run tells nothing. */
  failures: number;
  /** Events stored, of OUTAGE_EVENTS + 1. */
  stored: number;
  repeated: number;
}

export async function runOutage(
  { state, leave }: Outage,
  settings: Omit<VisitSettings, 'network'>,
): Promise<OutageRun> {
  const visit = await Visit.start({ ...settings, network: 'fast' });
  try {
    const { endpoint } = visit;
    const page = await visit.open({ interval: INTERVAL });
    endpoint.state = state;
    endpoint.failures = 0;
    await record(page, OUTAGE_EVENTS, 0);
    await delay(OUTAGE_MS - LEFT_MS);
    if (leave) await page.goto(visit.next);
    await delay(LEFT_MS);
    const { failures } = endpoint;
    endpoint.state = 'up';
    if (leave) await visit.open({ tab: page, interval: INTERVAL });
    await record(page, 1, OUTAGE_EVENTS);
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end && (await endpoint.stored()).size <= OUTAGE_EVENTS) {
      await delay(250);
    }
    await endpoint.quiet(2_000);
    const counts = [...(await endpoint.stored()).values()];
    const repeated = counts.filter((count) => count > 1).length;
    return { failures, stored: counts.length, repeated };
  } finally {
    await visit.stop();
  }
}

async function record(page: Page, count: number, from: number): Promise<void> {
  const work = ([count, from]: readonly [number, number]) =>
    window.race.record('step', count, from);
  await page.evaluate(work, [count, from] as const);
}
