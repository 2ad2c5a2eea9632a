// This library's targets in the race, and whether it meets them.

import type { Capacity } from './capacity.ts';
import type { ExitResult, OutageResult } from './main.ts';
import { OUTAGE_EVENTS } from './outage.ts';
import { median } from './report.ts';

export interface Target {
  name: string;
  is: string;
  wanted: string;
  met: boolean;
}

export interface Results {
  browser: string;
  exits: ExitResult[];
  capacity: Capacity | undefined;
  outages: OutageResult[];
}

/** Milliseconds that the exit's handlers may take, by number of events. */
const HANDLER_MS: Readonly<Record<number, number>> = { 300: 5, 1500: 15 };
/**
 * A page must deliver up to this many events by the exit itself; the rest may need the next visit. A worker never does.
 */
const ALL_AT_EXIT = 300;
/** An exit must deliver this many times the events that plain JSON delivers. */
const CAPACITY = 6;

export function targetsOf({ exits, capacity, outages }: Results): Target[] {
  return [
    ...exits.filter(({ client }) => client.ours).flatMap(exitTargets),
    ...(capacity ? capacityTargets(capacity) : []),
    ...outages.filter(({ client }) => client.ours).map(outageTarget),
  ];
}

function exitTargets({ client, exit, network, events, runs }: ExitResult): Target[] {
  const name = `${client.name}, ${events} events, ${exit}, ${network}`;
  const atExit = client.ours === 'worker' || events <= ALL_AT_EXIT;
  const arrived = runs.map(({ stored, later = 0 }) => stored + (atExit ? 0 : later));
  const least = Math.min(...arrived, events);
  const repeated = Math.max(...runs.map((run) => run.repeated));
  const targets = [
    {
      name: `${name}: stored${atExit ? ' by the exit' : ''}`,
      is: `${least}${repeated > 0 ? `, ${repeated} twice` : ''}`,
      wanted: `${events}`,
      met: runs.length > 0 && least === events && repeated === 0,
    },
  ];
  const most = HANDLER_MS[events];
  if (most !== undefined && exit === 'navigation' && network === 'fast') {
    const time = median(runs.map(({ handlerMs }) => handlerMs));
    targets.push({
      name: `${name}: handlers, ms`,
      is: time.toFixed(1),
      wanted: `at most ${most}`,
      met: time <= most,
    });
  }
  return targets;
}

function capacityTargets({ ours, plain, flood }: Capacity): Target[] {
  const targets: Target[] = [];
  if (flood) {
    const { events, stored, repeated } = flood;
    targets.push({
      name: `webtrack, ${events} events, one exit: stored without another visit`,
      is: `${stored}${repeated > 0 ? `, ${repeated} twice` : ''}`,
      wanted: `${events}`,
      met: stored === events && repeated === 0,
    });
  }
  if (ours && plain) {
    const times = ours.stored / plain.stored;
    targets.push({
      name: 'webtrack-page, events of one exit / events of plain JSON',
      is: times.toFixed(1),
      wanted: `at least ${CAPACITY}`,
      met: times >= CAPACITY,
    });
  }
  return targets;
}

function outageTarget({ client, outage, failures, stored, repeated }: OutageResult): Target {
  const wanted = OUTAGE_EVENTS + 1;
  const tried = failures > 0;
  return {
    name: `${client.name}, outage, ${outage.title}`,
    is: `${tried ? stored : 'not tried'}${repeated > 0 ? `, ${repeated} twice` : ''}`,
    wanted: `${wanted}`,
    met: tried && stored === wanted && repeated === 0,
  };
}
