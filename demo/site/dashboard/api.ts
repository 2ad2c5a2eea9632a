// The collector's API. demo/collector/README.md describes it.

/** A stored log: the fields that the SLS console would show, its row id and the row id of its batch. */
export interface StoredLog {
  __id__: number;
  __batch__: number;
  [field: string]: string | number;
}

export interface Batch {
  id: number;
  received_ms: number;
  request_id: string;
  logstore: string;
  batch_id: string | null;
  method: string;
  compression: string;
  raw_bytes: number;
  wire_bytes: number;
  logs: number;
  repeated: number;
  status: number;
  error_code: string | null;
  error_message: string | null;
}

export interface Summary {
  logs: number;
  batches: number;
  repeated: number;
  errors: number;
  raw_bytes: number;
  wire_bytes: number;
  events: { event: string | null; count: number }[];
}

/** The data that was stored up to and including batch `lastBatch`, newest first. */
export interface History {
  lastBatch: number;
  summary: Summary;
  logs: StoredLog[];
  /** The logs of the CAPTURED events, by event name. */
  captured: Record<(typeof CAPTURED)[number], StoredLog[]>;
  batches: Batch[];
  errors: Batch[];
}

/** The events that the panels "Pages" and "Web Vitals" show. */
export const CAPTURED = ['page_view', 'engagement', 'web_vital'] as const;
/** How many logs of each of these events are kept. */
export const CAPTURED_LOGS = 2000;

const LOGS = 200;
const BATCHES = 5000;
const ERRORS = 50;
const ATTEMPTS = 20;

/**
 * Reads the history. Batches can arrive between the responses, which would then not match. In that
 * case, reads everything again. If batches arrive all the time, returns the last attempt, whose
 * counts can be slightly too high.
 */
export async function readHistory(): Promise<History> {
  for (let attempt = 1; ; attempt++) {
    const start = await newestBatch();
    const [summary, logs, batches, errors, ...captured] = await Promise.all([
      read<Summary>('/api/summary'),
      read<{ logs: StoredLog[] }>(`/api/logs?limit=${LOGS}`),
      read<{ batches: Batch[] }>(`/api/batches?limit=${BATCHES}`),
      read<{ batches: Batch[] }>(`/api/batches?status=error&limit=${ERRORS}`),
      ...CAPTURED.map((event) =>
        read<{ logs: StoredLog[] }>(`/api/logs?event=${event}&limit=${CAPTURED_LOGS}`),
      ),
    ]);
    const end = await newestBatch();
    if (end === start || attempt === ATTEMPTS) {
      return {
        lastBatch: end,
        summary,
        logs: logs.logs,
        captured: Object.fromEntries(
          CAPTURED.map((event, at) => [event, captured[at]?.logs ?? []]),
        ) as History['captured'],
        batches: batches.batches,
        errors: errors.batches,
      };
    }
  }
}

async function newestBatch(): Promise<number> {
  const { batches } = await read<{ batches: Batch[] }>('/api/batches?limit=1');
  return batches[0]?.id ?? 0;
}

async function read<T>(address: string): Promise<T> {
  const response = await fetch(address, { cache: 'no-store' });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return (await response.json()) as T;
}
