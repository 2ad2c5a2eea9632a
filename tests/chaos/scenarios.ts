// The scenarios: a fault, and what the visitor does meanwhile.
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
  /** How often the visitor does each step between recordings; empty for a page that only waits. */
  weights: Weights;
  /**
   * Replaces the visitor's plan by one page that waits for an hour of its clock; `size`: that of its events. Only with
   * the page as host, because Playwright cannot set a worker's clock.
   */
  hour?: { size: number };
  /** Share of events with the field `poison`; at least one event has it. */
  poison?: number;
  /** More events are recorded than the outbox may hold: `onDrop` must report those that are missing. */
  overflows?: true;
  /** Most milliseconds that a file of the library takes to arrive. */
  fileDelay?: number;
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
  under('none', 'no fault; pages are navigated, reloaded and closed, several at once', {
    weights: orderly,
  }),
  under('none', 'no fault, but renderers and browsers are killed', {
    name: 'kills',
    weights: { ...orderly, crash: 6, kill: 6 },
    // Large batches stay open for longer than the second that a kill may cost.
    options: { flushCount: 200, flushInterval: 4_000 },
  }),
  under('none', 'the browser goes offline and comes back', {
    name: 'offline',
    weights: { ...orderly, offline: 12 },
  }),
  under(
    'server-errors',
    "500, 502 and 503, and the library's files arrive late, some as their page is being left",
    {
      name: 'late-files',
      fileDelay: 2_000,
      // No kills: the browser may lose the last minute of localStorage, where pages without an engine keep events.
      weights: { ...orderly, crash: 2, offline: 2 },
    },
  ),
  under('server-errors', '500, 502 and 503'),
  under('retry-after-seconds', '429 with Retry-After in seconds'),
  under('retry-after-date', '429 with Retry-After as a date'),
  under('quota', '403 WriteQuotaExceed'),
  under(
    'unauthorized',
    '401 until the end: batches are kept and delivered after the next page load',
  ),
  under('not-found', '404 until the end: batches are kept and delivered after the next page load'),
  under('too-large-413', '413 PostBodyTooLarge above 6 logs'),
  under('too-large-400', '400 PostBodyTooLarge above 1,500 bytes of JSON'),
  under('poison', '400 PostBodyInvalid for some logs: only these are missing', {
    weights: orderly,
    poison: 0.01,
  }),
  under('no-compression', '400 PostBodyUncompressError for compressed bodies'),
  under('reset-before', 'connections reset before storing'),
  under('reset-after', 'connections reset after storing, so the answer is lost'),
  under('stall', 'no answer for 20 s, then a reset; half of them stored'),
  under('truncated', 'stored, but the answer is cut short'),
  under('hidden-refused', '502 without CORS headers'),
  under('hidden-stored', 'stored, but the answer has no CORS headers'),
  under('slow', 'a slow link'),
  under('outages', 'all connections reset for some seconds, again and again'),
  under('mixed', 'several of these faults mixed', { options: { flushInterval: 1_500 } }),
  under('dead', 'an hour of resets, by a clock that is advanced', {
    name: 'dead-hour',
    weights: {},
    hour: { size: 20 },
  }),
  under(
    'dead',
    'the same with more than the outbox may hold: the oldest are dropped and reported',
    {
      name: 'dead-hour-full',
      weights: {},
      hour: { size: 1_000 },
      overflows: true,
      options: { compression: 'none', outboxBytes: 65_536 },
    },
  ),
];

/** Whether a scenario runs in that host. */
export const runsIn = (host: Host, { hour }: Scenario): boolean => !hour || host === 'page';

/** The scenario of that name; throws a RangeError if there is none. */
export function scenarioOf(name: string): Scenario {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) {
    const names = scenarios.map((one) => one.name).join(', ');
    throw new RangeError(`There is no fault "${name}"; the faults are ${names}.`);
  }
  return scenario;
}
