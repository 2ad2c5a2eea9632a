// The page of the inner path: runs each way with the same events, round by round.

import { checkBody } from './check.ts';
import { makeEvents } from './events.ts';
import { type Body, makePaths, type Path } from './paths.ts';
import { shuffled } from './shuffled.ts';

const EVENTS = 200;

interface Settings {
  rounds: number;
  /** Untimed rounds before them. */
  warmUp: number;
  /** Use events without Chinese. */
  ascii: boolean;
}

async function runBench({ rounds, warmUp, ascii }: Settings) {
  const events = makeEvents(EVENTS, ascii);
  const runs = (await makePaths()).map((path) => new PathRun(path));
  const round = async () => {
    for (const run of shuffled(runs)) {
      // Brings the events into the processor's cache: a page, too, has just made the event that it tracks.
      JSON.stringify(events);
      const since = performance.now();
      const body = run.path.run(events);
      run.times.push(performance.now() - since);
      run.body = body;
    }
    // Lets timers, promises and garbage collection run.
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
  return { events: EVENTS, paths: runs.map((run) => run.result()) };
}

class PathRun {
  readonly path: Path;
  /** The body of the last round. */
  body: Body | undefined;
  /** Milliseconds for all events in each round. */
  times: number[] = [];
  memoryAfterBatch: number | undefined;
  readonly #memoryLoaded: number | undefined;

  constructor(path: Path) {
    this.path = path;
    this.#memoryLoaded = path.memoryBytes?.();
  }

  result() {
    const { id, title } = this.path;
    return {
      id,
      title,
      times: this.times,
      rawBytes: this.body?.rawBytes,
      sentBytes: this.body?.bytes.length,
      memoryLoaded: this.#memoryLoaded,
      memoryAfterBatch: this.memoryAfterBatch,
    };
  }
}

Object.assign(globalThis, { runBench });
