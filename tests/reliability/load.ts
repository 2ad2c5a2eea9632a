// How much the collector stores a second, measured by wrk; and what is stored after it is killed under load.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Collector, startCollector } from '../collector/collector_process.ts';
import { bodyOf, post } from '../collector/requests.ts';
import { memoryOf } from './process.ts';

const run = promisify(execFile);

const LOGS_PER_REQUEST = 10;
const SECONDS = 10;
/** Connections of wrk; a loader without a limit would measure the machine's queues. */
const CONNECTIONS = 64;
const KILLS = 10;
const SENDERS = 16;
/** A collector is killed so many milliseconds after its senders began. */
const KILL_AFTER_MS = 500;

export interface Load {
  connections: number;
  requestsPerSecond: number;
  logsPerSecond: number;
  /** As wrk prints it, such as `1.20ms`. */
  median: string;
  p99: string;
  /** Mebibytes. */
  memoryBefore: number;
  memoryAfter: number;
}

const log = (n: number) => ({ event: 'load', n: String(n), text: 'tea '.repeat(25) });

export async function load(): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), 'load-'));
  const collector = await startCollector({ args: ['--quiet'] });
  try {
    const body = bodyOf(Array.from({ length: LOGS_PER_REQUEST }, (_, n) => log(n)));
    const script = join(folder, 'post.lua');
    await writeFile(script, `wrk.method = "POST"\nwrk.body = [==[${body}]==]\n`);
    const memoryBefore = await memoryOf(collector);
    const args = ['--latency', '-t2', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '-s', script];
    const { stdout } = await run('wrk', [...args, collector.trackUrl]);
    const of = (pattern: RegExp) => pattern.exec(stdout)?.[1] ?? '';
    if (/Non-2xx/.test(stdout)) throw new Error(`The collector refused requests:\n${stdout}`);
    const requestsPerSecond = Number(of(/Requests\/sec:\s+([\d.]+)/));
    return {
      connections: CONNECTIONS,
      requestsPerSecond: Math.round(requestsPerSecond),
      logsPerSecond: Math.round(requestsPerSecond * LOGS_PER_REQUEST),
      median: of(/\s50%\s+(\S+)/),
      p99: of(/\s99%\s+(\S+)/),
      memoryBefore,
      memoryAfter: await memoryOf(collector),
    };
  } finally {
    await collector.stop();
    await rm(folder, { recursive: true });
  }
}

export interface Kills {
  kills: number;
  acknowledged: number;
  lost: number;
}

/** Kills the collector again and again while it stores, on the same database. */
export async function killUnderLoad(): Promise<Kills> {
  const folder = await mkdtemp(join(tmpdir(), 'kills-'));
  const db = join(folder, 'track.db');
  const acknowledged: string[] = [];
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const collector = await startCollector({ args: ['--quiet'], db });
      const senders = Array.from({ length: SENDERS }, (_, sender) =>
        sendUntilEnd(collector, `${kill}-${sender}`, acknowledged),
      );
      await delay(KILL_AFTER_MS);
      await collector.stop('SIGKILL');
      await Promise.all(senders);
    }
    const last = await startCollector({ args: ['--quiet'], db });
    const stored = await storedIds(last);
    await last.stop();
    const lost = acknowledged.filter((id) => !stored.has(id)).length;
    return { kills: KILLS, acknowledged: acknowledged.length, lost };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function sendUntilEnd(collector: Collector, name: string, acknowledged: string[]) {
  for (let n = 0; ; n++) {
    const id = `${name}-${n}`;
    try {
      const { status } = await post(collector.trackUrl, bodyOf([{ id }]));
      if (status === 200) acknowledged.push(id);
    } catch {
      return;
    }
  }
}

async function storedIds(collector: Collector): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let after = 0; ; ) {
    const page = await collector.logs({ after, limit: 10_000 });
    for (const { id } of page) ids.add(String(id));
    const last = page.at(-1);
    if (last === undefined) return ids;
    after = last.__id__;
  }
}
