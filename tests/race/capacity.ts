// How many events one exit delivers. In the page, this library and plain JSON by hand must fit the benchmark's events
// into the browser's keepalive quota. In the worker, which has no quota, this library gets more events than any page
// records.
import type { Browser } from '@playwright/test';
import { KEEPALIVE_QUOTA } from '../../js/src/limits.ts';
import { clients, type Host } from './clients.ts';
import { type ExitRun, runExit } from './exit_race.ts';
import type { PageServer } from './page_server.ts';
import { type Kind, raceEvents } from './race_events.ts';

/** More events than fit into the quota. */
const EVENTS = 1_500;
/** 3.5 MB of JSON, tracked in one task. */
const FLOOD = 10_000;

export interface CapacityRun extends ExitRun {
  title: string;
  /** Number of recorded events. */
  events: number;
}

export interface Capacity {
  /** This library in the page. */
  ours?: CapacityRun;
  /** Plain JSON by `fetch`, with as many events as fit. */
  plain?: CapacityRun;
  /** The same with one event more. */
  tooMany?: CapacityRun;
  /** This library in the worker. */
  flood?: CapacityRun;
}

/** `hosts`: where this library's engine runs. */
export async function measureCapacity(
  browser: Browser,
  pages: PageServer,
  hosts: readonly Host[],
): Promise<Capacity> {
  const deliver = async (
    title: string,
    name: string,
    events: number,
    kind: Kind = 'bench',
  ): Promise<CapacityRun> => {
    const client = clients.find((client) => client.name === name);
    if (!client) throw new Error(`there is no client ${name}`);
    const run = await runExit({
      browser,
      pages,
      client,
      network: 'fast',
      exit: 'navigation',
      events,
      kind,
    });
    if (!run) throw new Error(`${name} was not left in time`);
    return { title, events, ...run };
  };
  const capacity: Capacity = {};
  if (hosts.includes('page')) {
    const fitting = eventsThatFit(KEEPALIVE_QUOTA);
    capacity.ours = await deliver('this library, `worker: false`', 'webtrack-page', EVENTS);
    capacity.plain = await deliver('plain JSON', 'baseline', fitting);
    capacity.tooMany = await deliver('plain JSON, one event more', 'baseline', fitting + 1);
  }
  if (hosts.includes('worker')) {
    capacity.flood = await deliver('this library, shared worker', 'webtrack', FLOOD, 'step');
  }
  return capacity;
}

/** How many events fit into `bytes` as a plain JSON array. */
function eventsThatFit(bytes: number): number {
  let length = 1;
  const events = raceEvents('bench', EVENTS, 0);
  const past = events.findIndex((event) => {
    length += Buffer.byteLength(JSON.stringify(event)) + 1;
    return length > bytes;
  });
  return past < 0 ? events.length : past;
}
