// The benchmark's page: runs every path over the same events, round by round.

import { checkBody } from './check.ts';
import { makeEvents } from './events.ts';
import { type Body, makePaths, type Path } from './paths.ts';

const EVENTS = 200;

interface Settings {
  rounds: number;
  /** Rounds before those, not timed. */
  warmUp: number;
  /** Whether the events are to be ASCII alone. */
  ascii: boolean;
}

async function runBench({ rounds, warmUp, ascii }: Settings) {
  const events = makeEvents(EVENTS, ascii);
  const runs = (await makePaths()).map((path) => new PathRun(path));
  const round = async () => {
    for (const run of shuffled(runs)) {
      const since = performance.now();
      const body = run.path.run(events);
      run.times.push(performance.now() - since);
      run.body = body;
    }
    // Lets the page breathe: timers, promises, garbage.
    await new Promise((done) => setTimeout(done));
  };
  const check = async () => {
    for (const { path, body } of runs) await checkBody(path.title, body, events);
  };

  await round();
  await check();
  for (const run of runs) run.memoryAfterBatch = run.path.memoryBytes?.();
  for (let n = 1; n < warmUp; n++) await round();
  for (const run of runs) run.times = [];
  for (let n = 0; n < rounds; n++) await round();
  await check();
  return { events: EVENTS, ascii, rounds, paths: runs.map((run) => run.result()) };
}

class PathRun {
  /** Of the last round. */
  body: Body | undefined;
  /** Milliseconds for all events. */
  times: number[] = [];
  readonly memoryLoaded: number | undefined;
  memoryAfterBatch: number | undefined;
  readonly path: Path;

  constructor(path: Path) {
    this.path = path;
    this.memoryLoaded = path.memoryBytes?.();
  }

  result() {
    const { id, title } = this.path;
    const times = this.times.sort((a, b) => a - b);
    return {
      id,
      title,
      medianMs: times[times.length >> 1],
      minMs: times[0],
      rawBytes: this.body?.rawBytes,
      sentBytes: this.body?.bytes.length,
      memoryLoaded: this.memoryLoaded,
      memoryAfterBatch: this.memoryAfterBatch,
    };
  }
}

/** In another order each time, so that no path always pays for the garbage of the same one. */
function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

Object.assign(globalThis, { runBench });
