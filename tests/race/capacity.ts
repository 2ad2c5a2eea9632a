// How many events one exit delivers: this library with its engine in the page, and plain JSON, of the benchmark's
// within the quota of a page that goes; and with its engine in the worker, which has no quota, more than any page records.
import type { Browser } from '@playwright/test';
import { KEEPALIVE_QUOTA } from '../../js/src/engine/delivery/transport.ts';
import { clients, type Host } from './clients.ts';
import { type ExitRun, runExit } from './exit_race.ts';
import type { PageServer } from './page_server.ts';
import { type Kind, raceEvents } from './race_events.ts';

/** More than fit into the quota. */
const EVENTS = 1_500;
/** 3.5 MB of JSON, tracked in one task. */
const FLOOD = 10_000;

export interface CapacityRun extends ExitRun {
  title: string;
  /** Recorded. */
  events: number;
}

export interface Capacity {
  /** This library in the page, … */
  ours?: CapacityRun;
  /** … the page's own JSON by `fetch` with as many events as fit, … */
  plain?: CapacityRun;
  /** … and with one more. */
  tooMany?: CapacityRun;
  /** This library in the worker. */
  flood?: CapacityRun;
}

/** `hosts`: of this library. */
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

/** Into `bytes` of plain JSON, as an array. */
function eventsThatFit(bytes: number): number {
  let length = 1;
  const events = raceEvents('bench', EVENTS, 0);
  const past = events.findIndex((event) => {
    length += Buffer.byteLength(JSON.stringify(event)) + 1;
    return length > bytes;
  });
  return past < 0 ? events.length : past;
}
