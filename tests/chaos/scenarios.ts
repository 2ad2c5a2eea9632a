// What is tried, as data: a fault, and what the visitor does meanwhile.
import type { TrackerOptions } from '../../js/src/index.ts';
import { type Fault, faults } from './faults.ts';
import { everything, orderly, type Weights } from './plan.ts';

/** Where the library's engine may run. */
export const hosts = ['worker', 'page'] as const;
export type Host = (typeof hosts)[number];

export interface Scenario {
  name: string;
  /** One line for --list. */
  what: string;
  fault: Fault;
  /** What the visitor does between records; nothing of it for a page that only waits. */
  weights: Weights;
  /**
   * Instead of a visitor's plan: one page that waits for an hour of its clock, and the size of its events. For the page
   * as host: nobody can put forward a worker's clock.
   */
  hour?: { size: number };
  /** Share of events with the field `poison`; at least one. */
  poison?: number;
  /** More is recorded than may wait: what is missing must have been told by `onDrop`. */
  overflows?: true;
  options?: Partial<TrackerOptions>;
}

const under = (
  name: keyof typeof faults,
  what: string,
  more: Partial<Scenario> = {},
): Scenario => ({
  name,
  what,
  fault: faults[name],
  weights: everything,
  ...more,
});

export const scenarios: readonly Scenario[] = [
  under('none', 'no fault; pages are navigated, reloaded, closed, several at once', {
    weights: orderly,
  }),
  under('none', 'no fault; renderers and browsers are killed as well', {
    name: 'kills',
    weights: { ...orderly, crash: 6, kill: 6 },
    // What is open when it happens is older than what may be lost.
    options: { flushCount: 200, flushInterval: 4_000 },
  }),
  under('none', 'the browser goes offline and comes back', {
    name: 'offline',
    weights: { ...orderly, offline: 12 },
  }),
  under('server-errors', '500, 502 and 503'),
  under('retry-after-seconds', '429 with Retry-After in seconds'),
  under('retry-after-date', '429 with Retry-After as a date'),
  under('quota', '403 WriteQuotaExceed'),
  under('unauthorized', '401 until the end: kept, and delivered after the next page load'),
  under('not-found', '404 until the end: kept, and delivered after the next page load'),
  under('too-large-413', '413 PostBodyTooLarge above 6 logs'),
  under('too-large-400', '400 PostBodyTooLarge above 1,500 bytes of JSON'),
  under('poison', '400 PostBodyInvalid for one log: it alone is missing', {
    weights: orderly,
    poison: 0.01,
  }),
  under('no-compression', '400 PostBodyUncompressError for whatever is compressed'),
  under('reset-before', 'connections reset in place of storing'),
  under('reset-after', 'connections reset after storing: the answer is lost'),
  under('stall', 'no answer for 20 s, then a reset; stored or not'),
  under('truncated', 'stored, and the answer cut short'),
  under('hidden-refused', '502 without CORS headers'),
  under('hidden-stored', 'stored, and the answer without CORS headers'),
  under('slow', 'a slow link'),
  under('outages', 'all connections reset for seconds, again and again'),
  under('mixed', 'several of these by turns', { options: { flushInterval: 1_500 } }),
  under('dead', 'an hour of resets, on a clock that is put forward', {
    name: 'dead-hour',
    weights: {},
    hour: { size: 20 },
  }),
  under('dead', 'the same, with more than may wait: the oldest goes, and that is told', {
    name: 'dead-hour-full',
    weights: {},
    hour: { size: 1_000 },
    overflows: true,
    options: { compression: 'none', outboxBytes: 65_536 },
  }),
];

/** Whether a scenario is for that host. */
export const runsIn = (host: Host, { hour }: Scenario): boolean => !hour || host === 'page';

/** Throws a RangeError when there is none of that name. */
export function scenarioOf(name: string): Scenario {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) {
    const names = scenarios.map((one) => one.name).join(', ');
    throw new RangeError(`There is no fault "${name}"; the faults are ${names}.`);
  }
  return scenario;
}
