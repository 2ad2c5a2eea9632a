// What can go wrong between page and endpoint, as data.

/** What happens to one track request. `stored`: the collector stores it first. */
export type Injection =
  | {
      do: 'answer';
      status: number;
      errorCode?: string;
      retryAfter?: { seconds: number; as: 'seconds' | 'date' };
    }
  /** The connection is reset instead of an answer. */
  | { do: 'reset'; stored: boolean }
  /** No answer for `ms`, then a reset. */
  | { do: 'stall'; stored: boolean; ms: number }
  /** The collector's answer, cut off in its body. */
  | { do: 'truncate' }
  /** An answer that CORS hides from the page. */
  | { do: 'hide'; stored: boolean }
  /** A slow link. */
  | { do: 'slow'; latencyMs: number; bytesPerSecond: number };

/** Which requests a fault applies to: all given conditions must hold. */
export interface Condition {
  logsAbove?: number;
  /** Bytes of JSON. */
  bytesAbove?: number;
  /** The request has a log with the field `poison`. */
  poisoned?: true;
  compressed?: true;
}

type Range = readonly [least: number, most: number];

export interface Fault {
  /** One of them is picked at random for each affected request. */
  injections: readonly Injection[];
  /** Share of requests that are affected, 0 to 1. */
  share: number;
  when?: Condition;
  /** The whole endpoint goes down and comes back: milliseconds of each state. */
  outages?: { up: Range; down: Range };
}

const always = (...injections: Injection[]): Fault => ({ injections, share: 1 });
const often = (...injections: Injection[]): Fault => ({ injections, share: 0.6 });

const serverErrors: Injection[] = [
  { do: 'answer', status: 500, errorCode: 'InternalServerError' },
  { do: 'answer', status: 502 },
  { do: 'answer', status: 503, errorCode: 'ServerBusy' },
];

export const noFault: Fault = always();

export const faults = {
  none: noFault,
  'server-errors': often(...serverErrors),
  'retry-after-seconds': often({
    do: 'answer',
    status: 429,
    retryAfter: { seconds: 2, as: 'seconds' },
  }),
  'retry-after-date': often({
    do: 'answer',
    status: 429,
    retryAfter: { seconds: 2, as: 'date' },
  }),
  quota: {
    ...always({ do: 'answer', status: 403, errorCode: 'WriteQuotaExceed' }),
    share: 0.5,
  },
  unauthorized: always({ do: 'answer', status: 401, errorCode: 'Unauthorized' }),
  'not-found': always({ do: 'answer', status: 404, errorCode: 'LogStoreNotExist' }),
  'too-large-413': {
    ...always({ do: 'answer', status: 413, errorCode: 'PostBodyTooLarge' }),
    when: { logsAbove: 6 },
  },
  'too-large-400': {
    ...always({ do: 'answer', status: 400, errorCode: 'PostBodyTooLarge' }),
    when: { bytesAbove: 1_500 },
  },
  poison: {
    ...always({ do: 'answer', status: 400, errorCode: 'PostBodyInvalid' }),
    when: { poisoned: true },
  },
  'no-compression': {
    ...always({ do: 'answer', status: 400, errorCode: 'PostBodyUncompressError' }),
    when: { compressed: true },
  },
  'reset-before': often({ do: 'reset', stored: false }),
  'reset-after': often({ do: 'reset', stored: true }),
  stall: {
    ...always(
      { do: 'stall', stored: false, ms: 20_000 },
      { do: 'stall', stored: true, ms: 20_000 },
    ),
    share: 0.3,
  },
  truncated: often({ do: 'truncate' }),
  'hidden-refused': often({ do: 'hide', stored: false }),
  'hidden-stored': often({ do: 'hide', stored: true }),
  slow: always({ do: 'slow', latencyMs: 400, bytesPerSecond: 1_000 }),
  outages: { ...noFault, outages: { up: [500, 3_000], down: [1_000, 4_000] } },
  dead: always({ do: 'reset', stored: false }),
  mixed: {
    ...often(
      ...serverErrors,
      { do: 'reset', stored: false },
      { do: 'reset', stored: true },
      { do: 'truncate' },
      { do: 'hide', stored: true },
      { do: 'slow', latencyMs: 400, bytesPerSecond: 1_000 },
    ),
    outages: { up: [2_000, 5_000], down: [500, 2_000] },
  },
} as const satisfies Record<string, Fault>;
