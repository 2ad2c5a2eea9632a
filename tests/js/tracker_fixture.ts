// A tracker with its hands tied, and an endpoint that does as it is told; both anew for each test of a file
// that imports this.
import { afterEach, beforeEach, vi } from 'vitest';
import type { Core } from '../../js/src/engine/batch/core.ts';
import { Engine } from '../../js/src/engine/engine.ts';
import { HandedNotes } from '../../js/src/engine/notes.ts';
import { resolveOptions } from '../../js/src/options.ts';
import { startTracker } from '../../js/src/recorder/tracker.ts';
import type { Capture, Drop, Notice, Sink, Tracker, TrackerOptions } from '../../js/src/types.ts';
import { Endpoint } from './endpoint.ts';
import { shippedCore } from './shipped_core.ts';

export let endpoint: Endpoint;
export let host: string;
export let drops: Drop[];
export let notices: Notice[];
/** The page may be going. */
export let leave: () => void;
/** The page, which was prerendered, is shown. */
export let show: () => void;
let hidden: boolean;
/** What waits for idle time, while the page is busy. */
let waiting: Set<() => void> | undefined;
/** Shut down behind each test. */
export let trackers: Tracker[];

beforeEach(async () => {
  endpoint = new Endpoint();
  host = await endpoint.listen();
  drops = [];
  notices = [];
  hidden = false;
  waiting = undefined;
  trackers = [];
});

afterEach(async () => {
  await Promise.all(trackers.map((tracker) => tracker.shutdown()));
  endpoint.close();
  vi.unstubAllGlobals();
});

/** Where the engine of a test's tracker runs. */
export interface Surroundings {
  prerendered?: boolean;
  /** A worker outlives its pages, and never hears of their state. */
  inWorker?: boolean;
}

export function start(
  options: Partial<TrackerOptions> = {},
  loading: Promise<Core> | (() => Promise<Core>) = shippedCore,
  { prerendered = false, inWorker = false }: Surroundings = {},
): Tracker {
  const settings = resolveOptions({
    host,
    logstore: 'web',
    flushInterval: 60_000,
    storage: false,
    seqField: false,
    onDrop: (drop) => drops.push(drop),
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  const page = {
    get hidden() {
      return hidden;
    },
    ending: false,
    beacon: (url: string, body: Blob) => navigator.sendBeacon(url, body),
  };
  const engine = new Engine({
    level: 'fast',
    noteStorage: new HandedNotes(
      () => {},
      () => {},
    ),
    loadCore: () => (typeof loading === 'function' ? loading() : loading),
    ...(!inWorker && { page }),
  });
  const tracker = startTracker(
    settings,
    (recorder) => async (engineSettings, resumes, listener) =>
      Object.assign(engine.open({ recorder, resumes, settings: engineSettings }, listener), {
        isLocal: true,
      }),
    (events) => {
      leave = events.leave;
      show = () => {
        prerendered = false;
        events.shown();
      };
      const whenIdle = (work: () => void) => {
        if (waiting) waiting.add(work);
        else work();
        return () => void waiting?.delete(work);
      };
      return {
        get hidden() {
          return hidden;
        },
        ending: false,
        beacon: page.beacon,
        get prerendered() {
          return prerendered;
        },
        whenIdle,
        whenLoaded: whenIdle,
        loaded: async () => {},
        stop() {
          leave = () => {};
        },
      };
    },
  );
  trackers.push(tracker);
  return tracker;
}

/** From now on nobody sees the page. */
export function hide(): void {
  hidden = true;
}

/** From now on the page is busy: what waits for idle time is done when what is returned is called. */
export function busy(): () => void {
  const works = new Set<() => void>();
  waiting = works;
  return () => {
    for (const work of works) work();
  };
}

/** All that the endpoint has got. */
export const logs = () => endpoint.requests.flatMap(({ json }) => json.__logs__);

/** A plug-in that hands out its sink, and notes what becomes of it. */
export function plugIn(name = 'plug-in', log: string[] = []) {
  const seen: { sink?: Sink } = {};
  const capture: Capture = {
    name,
    start(sink) {
      seen.sink = sink;
      log.push(`start ${name}`);
      const moments = ['leave', 'view', 'granted', 'identify', 'reset'] as const;
      const ends = moments.map((moment) =>
        sink.on(moment, (...news: string[]) => void log.push([name, moment, ...news].join(' '))),
      );
      return () => {
        for (const end of ends) end();
        log.push(`stop ${name}`);
      };
    },
    erase: () => void log.push(`erase ${name}`),
  };
  return { capture, log, sink: () => seen.sink as Sink };
}
