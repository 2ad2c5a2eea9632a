// A tracker with its hands tied, and an endpoint that does as it is told; both anew for each test of a file
// that imports this.
import { afterEach, beforeEach, vi } from 'vitest';
import type { Core } from '../../js/src/core.ts';
import { resolveOptions } from '../../js/src/options.ts';
import { startTracker } from '../../js/src/tracker.ts';
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
let waiting: Set<(hasTime: () => boolean) => void> | undefined;
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

export function start(
  options: Partial<TrackerOptions> = {},
  loading: Promise<Core> | (() => Promise<Core>) = shippedCore,
  prerendered = false,
): Tracker {
  const settings = resolveOptions({
    host,
    logstore: 'web',
    flushInterval: 60_000,
    storage: false,
    warmUp: false,
    seqField: false,
    onDrop: (drop) => drops.push(drop),
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  const tracker = startTracker(
    settings,
    typeof loading === 'function' ? loading : () => loading,
    (events) => {
      leave = events.leave;
      show = () => {
        prerendered = false;
        events.shown();
      };
      return {
        get hidden() {
          return hidden;
        },
        ending: false,
        get prerendered() {
          return prerendered;
        },
        whenIdle(work) {
          if (waiting) waiting.add(work);
          else work(() => true);
          return () => void waiting?.delete(work);
        },
        stop() {},
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
  const works = new Set<(hasTime: () => boolean) => void>();
  waiting = works;
  return () => {
    for (const work of works) work(() => true);
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
