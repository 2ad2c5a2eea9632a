// The page of the public path: warm, with all clients in rounds, or cold, with one client that has just loaded.

import { makeEvents } from './events.ts';
import { meter } from './meter.ts';
import { type Client, type PublicPath, publicPaths } from './public_paths.ts';
import { shuffled } from './shuffled.ts';

interface WarmSettings {
  /** Ids of paths that do not run. */
  left: readonly string[];
  events: number;
  rounds: number;
  /** Untimed rounds before them. */
  warmUp: number;
}

interface ColdSettings {
  path: string;
  events: number;
}

/** A client sends this long after its first event, as a page with few events fills no batch. */
const COLD_MS = 300;

async function runWarm({ left, events: count, rounds, warmUp }: WarmSettings) {
  const events = makeEvents(count, false);
  const runs: { path: PublicPath; client: Client; times: number[] }[] = [];
  for (const path of publicPaths.filter(({ id }) => !left.includes(id))) {
    const start = await path.load();
    const client = start({ count, milliseconds: 10_000 });
    // Waits until this library has its engine.
    await client.settle();
    runs.push({ path, client, times: [] });
  }
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const { path, client, times } of shuffled(runs)) {
      JSON.stringify(events); // into the cache, as in page.ts
      const handed = meter.begin(path.handover, count);
      meter.task(() => {
        for (const event of events) client.track(event);
      });
      times.push(await handed);
      await client.settle();
    }
  }
  return runs.map(({ path: { id, title }, times }) => ({ id, title, times: times.slice(warmUp) }));
}

/** Milliseconds from a client's start until its first events are handed over. */
async function runCold({ path: id, events: count }: ColdSettings): Promise<number> {
  const path = publicPaths.find((path) => path.id === id) as PublicPath;
  const events = makeEvents(count, false);
  JSON.stringify(events);
  const start = await path.load();
  const handed = meter.begin(path.handover, count);
  meter.task(() => {
    const client = start({ count: 200, milliseconds: COLD_MS });
    for (const event of events) client.track(event);
  });
  return handed;
}

Object.assign(globalThis, { runWarm, runCold, paths: publicPaths.map(({ id }) => id) });
