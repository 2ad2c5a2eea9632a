// The collector's answers, as ../collector/README.md has them.

/** One stored log: what the SLS console would show, plus the rows it stands in. */
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

/** Everything that was stored up to and with batch `cut`, newest first, and nothing later. */
export interface History {
  cut: number;
  summary: Summary;
  logs: StoredLog[];
  /** Of these names, by name. */
  captured: Record<(typeof CAPTURED)[number], StoredLog[]>;
  batches: Batch[];
  errors: Batch[];
}

/** The library's own events that the panels of pages and Web Vitals are made from. */
export const CAPTURED = ['page_view', 'engagement', 'web_vital'] as const;
/** Of each, the newest. */
export const CAPTURED_LOGS = 2000;

const LOGS = 200;
const BATCHES = 5000;
const ERRORS = 50;
const ATTEMPTS = 20;

/**
 * The answers come one after the other while batches keep arriving. When none arrived between the
 * first and the last, they all show the same moment; otherwise they are asked for again. On an
 * endpoint that never pauses the last attempt stands, at worst a few counts ahead.
 */
export async function readHistory(): Promise<History> {
  for (let attempt = 1; ; attempt++) {
    const cut = await newestBatch();
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
    if (end === cut || attempt === ATTEMPTS) {
      return {
        cut: end,
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
  const answer = await fetch(address, { cache: 'no-store' });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return (await answer.json()) as T;
}
