// How many events of the benchmark one exit delivers within the quota of a page that goes, against plain JSON.
import type { Browser } from '@playwright/test';
import { KEEPALIVE_QUOTA } from '../../js/src/transport.ts';
import { type Client, clients } from './clients.ts';
import { type ExitRun, runExit } from './exit_race.ts';
import type { PageServer } from './page_server.ts';
import { raceEvents } from './race_events.ts';

/** More than fit. */
const EVENTS = 1_500;

export interface Capacity {
  /** Recorded by this library. */
  events: number;
  ours: ExitRun;
  /** The page's own JSON by `fetch` with as many events as fit, … */
  plain: ExitRun;
  /** … and with one more. */
  tooMany: ExitRun;
}

export async function measureCapacity(browser: Browser, pages: PageServer): Promise<Capacity> {
  const deliver = async (name: string, events: number) => {
    const run = await runExit({
      browser,
      pages,
      client: clients.find((client) => client.name === name) as Client,
      network: 'fast',
      exit: 'navigation',
      events,
      kind: 'bench',
    });
    if (!run) throw new Error(`${name} was not left in time`);
    return run;
  };
  const fitting = eventsThatFit(KEEPALIVE_QUOTA);
  return {
    events: EVENTS,
    ours: await deliver('webtrack', EVENTS),
    plain: await deliver('baseline', fitting),
    tooMany: await deliver('baseline', fitting + 1),
  };
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
