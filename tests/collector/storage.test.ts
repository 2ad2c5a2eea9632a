// What the collector answers while its database cannot be written or read, and what is stored afterwards.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';
import { bodyOf, post } from './requests.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collector-storage-'));
});
afterAll(() => rm(folder, { recursive: true }));

const file = (name: string) => join(folder, name);

/** Sends one log with this number. Returns the status and, if it was refused, the message. */
async function send({ trackUrl }: Collector, n: number, text = ''): Promise<[number, string?]> {
  const answer = await post(trackUrl, bodyOf([{ n: String(n), text }]));
  if (answer.status === 200) return [200];
  const { errorCode, errorMessage } = (await answer.json()) as Record<string, string>;
  return [answer.status, `${errorCode}: ${errorMessage}`];
}

async function health({ url }: Collector): Promise<[number, unknown]> {
  const answer = await fetch(`${url}/api/health`);
  return [answer.status, await answer.json()];
}

async function numbers(collector: Collector): Promise<number[]> {
  const logs = await collector.logs({ limit: 10_000 });
  return logs.map(({ n }) => Number(n)).sort((a, b) => a - b);
}

/** Overwrites a part of the file. */
async function damage(path: string, at: number, bytes: number[]): Promise<void> {
  const handle = await open(path, 'r+');
  await handle.write(Uint8Array.from(bytes), 0, bytes.length, at);
  await handle.close();
}

/** Locks the database like another program. Returns a function that unlocks it. */
async function lock(db: string): Promise<() => Promise<void>> {
  const other = spawn('sqlite3', [db]);
  other.stdin.write("BEGIN IMMEDIATE;\nSELECT 'held';\n");
  await once(other.stdout, 'data');
  return async () => {
    other.stdin.end('.quit\n');
    await once(other, 'close');
  };
}

test('a full disk answers 500, and no acknowledged log is missing afterwards', async () => {
  const db = file('full.db');
  const collector = await startCollector({ db });
  expect(await send(collector, 1)).toEqual([200]);
  // A disk with no room for more than the write-ahead log has now.
  const { size } = await stat(`${db}-wal`);
  const limit = (bytes: number | string) =>
    execFileSync('prlimit', ['--pid', String(collector.process.pid), `--fsize=${bytes}:`]);
  limit(size);
  const refused = [500, expect.stringMatching(/^InternalServerError: .*(full|I\/O error)/)];
  expect(await send(collector, 2)).toEqual(refused);
  expect(await send(collector, 3)).toEqual(refused);
  expect(await health(collector)).toEqual([
    503,
    { error: expect.stringMatching(/^the last request could not be stored: .*(full|I\/O)/) },
  ]);
  expect(await numbers(collector)).toEqual([1]);

  limit('unlimited');
  expect(await send(collector, 4)).toEqual([200]);
  expect(await health(collector)).toEqual([200, { status: 'ok' }]);
  expect(await collector.stop('SIGKILL')).toBe(null);
  const next = await startCollector({ db });
  expect(await numbers(next)).toEqual([1, 4]);
  await next.stop();
});

const PATIENCE_MS = 60_000;

test(
  'a database that another program has locked answers 500 after five seconds, then goes on',
  async () => {
    const db = file('locked.db');
    const collector = await startCollector({ db });
    const unlock = await lock(db);
    expect(await send(collector, 1)).toEqual([500, expect.stringContaining('database is locked')]);
    // Readers do not wait for the lock.
    expect(await numbers(collector)).toEqual([]);
    expect((await health(collector))[0]).toBe(503);
    // Those that wait for the lock together wait at most twice as long as one.
    const begun = Date.now();
    const together = await Promise.all(Array.from({ length: 10 }, (_, n) => send(collector, n)));
    expect(together.map(([status]) => status)).toEqual(together.map(() => 500));
    expect(Date.now() - begun).toBeLessThan(30_000);

    await unlock();
    expect(await send(collector, 2)).toEqual([200]);
    expect(await health(collector)).toEqual([200, { status: 'ok' }]);
    expect(await numbers(collector)).toEqual([2]);
    await collector.stop();
  },
  PATIENCE_MS,
);

test('a fifth large body at the same time gets 503', async () => {
  const db = file('large.db');
  const collector = await startCollector({ db });
  const unlock = await lock(db);
  const answers = Array.from({ length: 7 }, (_, n) => send(collector, n, 'a'.repeat(1_048_576)));
  const refused: unknown[] = [];
  for (const answer of answers) void answer.then((one) => one[0] === 503 && refused.push(one));
  // The four hold their turns while they wait for the database.
  await expect.poll(() => refused.length).toBe(3);
  await unlock();
  const busy = [503, 'ServerBusy: The server is busy, please try again later.'];
  expect(refused).toEqual([busy, busy, busy]);
  const statuses = (await Promise.all(answers)).map(([status]) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(4);
  expect(await numbers(collector)).toEqual([...statuses.keys()].filter((n) => statuses[n] === 200));
  expect(await send(collector, 8, 'a'.repeat(1_048_576))).toEqual([200]);
  await collector.stop();
});

test('a database that breaks under a live reader ends its stream, and no other', async () => {
  const db = file('broken.db');
  const collector = await startCollector({ db });
  const live = await fetch(`${collector.url}/api/live`);
  expect(await send(collector, 1)).toEqual([200]);
  const change = (sql: string) => execFileSync('sqlite3', [db, sql]);
  change('DROP TABLE logs');
  change(
    'INSERT INTO batches SELECT 2, received_ms, request_id, logstore, NULL, method, compression, ' +
      'raw_bytes, wire_bytes, logs, 0, status, NULL, NULL FROM batches',
  );
  // The stream breaks off: its response has no end.
  await expect(live.text()).rejects.toThrow();
  expect(await collector.batches()).toHaveLength(2);
  expect(await send(collector, 2)).toEqual([500, expect.stringContaining('no such table')]);
  expect(await collector.stop()).toBe(0);
});

test('does not start with a database that may only be read', async () => {
  const db = file('read_only.db');
  await (await startCollector({ db })).stop();
  // https://www.sqlite.org/fileformat.html#file_format_version_numbers: from 3 on, the file may only be read.
  await damage(db, 18, [3]);
  await expect(startCollector({ db })).rejects.toThrow(/cannot use .*read_only\.db.*readonly/);
});

test('a damaged database answers 500, and sqlite3 recovers what was acknowledged', async () => {
  const db = file('damaged.db');
  const first = await startCollector({ db });
  for (let n = 1; n <= 20; n++) expect(await send(first, n, 'a'.repeat(2_000))).toEqual([200]);
  await first.stop();
  const [root] = execFileSync('sqlite3', [
    db,
    "SELECT (rootpage - 1) * 4096 FROM sqlite_master WHERE name = 'batches'",
  ])
    .toString()
    .split('\n');
  await damage(db, Number(root), Array(100).fill(0xaa));

  const collector = await startCollector({ db });
  expect(await send(collector, 21)).toEqual([500, expect.stringContaining('malformed')]);
  expect(await health(collector)).toEqual([503, { error: expect.stringContaining('malformed') }]);
  await collector.stop();

  const recovered = file('recovered.db');
  // The command of docs/reliability.md.
  const guide = await readFile(new URL('../../docs/reliability.md', import.meta.url), 'utf8');
  const [, command = ''] = /```sh\n(\(sqlite3 [^`]*?)\nnpm run/.exec(guide) ?? [];
  execFileSync('sh', ['-c', command.replace('webtrack.db', db).replace('recovered.db', recovered)]);
  const next = await startCollector({ db: recovered });
  expect(await numbers(next)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  await next.stop();
});
