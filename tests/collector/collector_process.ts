// Starts and stops a collector for a test, with a free port and a new database.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program =
  process.env.WEBTRACK_COLLECTOR ??
  fileURLToPath(new URL('../../build/native/demo/collector/webtrack-collector', import.meta.url));

/** How long the collector may take to start or to stop. */
const timeoutMs = 20_000;

export interface StoredLog {
  __id__: number;
  __batch__: number;
  [key: string]: string | number;
}

/** A row of the table `batches`; demo/collector/README.md describes the columns. */
export interface BatchRow {
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
  events: { event: string; count: number }[];
}

/** Parameters of the query API. An array repeats the parameter. */
export type Query = Record<string, string | number | string[]>;

export interface Collector {
  url: string;
  /** URL of the track endpoint of the first logstore. */
  trackUrl: string;
  db: string;
  project: string;
  logstores: string[];
  process: ChildProcess;
  /** The lines that the collector has written to its request log so far. */
  requestLog: string[];
  logs(query?: Query): Promise<StoredLog[]>;
  batches(query?: Query): Promise<BatchRow[]>;
  summary(): Promise<Summary>;
  /** Adds a simulated fault. Needs the argument `--faults`. */
  orderFault(fault: Record<string, unknown>): Promise<void>;
  /** Removes all pending faults. */
  endFaults(): Promise<void>;
  /** Ends the process, by default with SIGTERM. Resolves to the exit code. May be called again. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  /** Command-line arguments in addition to the port and the database. */
  args?: string[];
  /** The database file; it is kept. The default is a new file, which is deleted when the collector ends. */
  db?: string;
}

/** Resolves when the collector listens. When it does not start, rejects with its error output. */
export async function startCollector({ args = [], db }: StartOptions = {}): Promise<Collector> {
  const folder = db === undefined ? await mkdtemp(join(tmpdir(), 'collector-')) : undefined;
  const file = db ?? join(folder ?? '', 'track.db');
  const { child, kill, requestLog, closed } = spawned(args, file);
  const ended = closed.then(async (code) => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    return code;
  });

  const lines = createInterface({ input: child.stdout });
  const ready = await within(
    Promise.race([once(lines, 'line').then(([line]) => String(line)), ended.then(() => undefined)]),
    'to start',
    kill,
  );
  if (ready === undefined) {
    throw new Error(`${program} did not start: ${requestLog.join('\n') || 'is it built?'}`);
  }
  const { url, project, logstores } = JSON.parse(ready) as {
    url: string;
    project: string;
    logstores: string[];
  };
  return {
    url,
    trackUrl: `${url}/logstores/${logstores[0]}/track`,
    db: file,
    project,
    logstores,
    process: child,
    requestLog,
    ...apiOf(url),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return within(ended, 'to end', kill);
    },
  };
}

/** Starts the program. It is killed if this process ends first. `closed` resolves to its exit code. */
function spawned(args: readonly string[], db: string) {
  const child = spawn(program, ['--port', '0', '--db', db, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const requestLog: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => requestLog.push(line));
  const closed = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  }).finally(() => process.removeListener('exit', kill));
  return { child, kill, requestLog, closed };
}

type Api = Pick<Collector, 'logs' | 'batches' | 'summary' | 'orderFault' | 'endFaults'>;

function apiOf(url: string): Api {
  const read = async (path: string, query: Query = {}) => {
    const parameters = Object.entries(query).flatMap(([name, values]) =>
      [values].flat().map((value) => [name, String(value)]),
    );
    const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`);
    const body = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`);
    return JSON.parse(body);
  };
  return {
    logs: async (query) => (await read('/api/logs', query)).logs,
    batches: async (query) => (await read('/api/batches', query)).batches,
    summary: () => read('/api/summary'),
    orderFault: async (fault) => {
      const response = await fetch(`${url}/api/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      });
      if (!response.ok) throw new Error(`fault refused: ${await response.text()}`);
    },
    endFaults: async () => {
      const response = await fetch(`${url}/api/faults`, { method: 'DELETE' });
      if (!response.ok) throw new Error(`faults not cleared: ${await response.text()}`);
    },
  };
}

async function within<T>(promise: Promise<T>, what: string, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      giveUp();
      reject(new Error(`the collector took more than ${timeoutMs} ms ${what}`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
