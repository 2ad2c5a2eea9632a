// A tracker on a fake page and an endpoint that the test controls. Each test of a file that imports this gets new
// ones.
import { afterEach, beforeEach, vi } from 'vitest';
import type { Core } from '../../js/src/engine/batch/core.ts';
import { Engine } from '../../js/src/engine/engine.ts';
import { HandedNotes } from '../../js/src/engine/notes.ts';
import { resolveOptions } from '../../js/src/recorder/options.ts';
import type { PageEvents, PageWatch } from '../../js/src/recorder/page.ts';
import { startTracker } from '../../js/src/recorder/tracker.ts';
import type { Capture, Drop, Notice, Sink, Tracker, TrackerOptions } from '../../js/src/types.ts';
import { Endpoint } from './endpoint.ts';
import { shippedCore } from './shipped_core.ts';

export let endpoint: Endpoint;
export let host: string;
export let drops: Drop[];
export let notices: Notice[];
/** Tells the tracker that the page may be left. */
export let leave: (why?: 'navigation' | 'page') => void;
/** Shows a prerendered page. */
export let activate: () => void;
let hidden: boolean;
/** Work that waits for idle time; undefined unless the page is busy. */
let waiting: Set<() => void> | undefined;
/** Trackers to shut down after each test. */
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
  /** An engine in a worker does not know the state of the page. */
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
    beacon,
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
      Object.assign(
        engine.open({ recorder, resumes: resumes(), settings: engineSettings }, listener),
        {
          isLocal: true,
        },
      ),
    (events) => fakeWatch(events, prerendered),
  );
  trackers.push(tracker);
  return tracker;
}

function beacon(url: string, body: Blob): boolean {
  return globalThis.navigator?.sendBeacon?.(url, body) ?? false;
}

/** Stands in for `watchPage`: the test tells what happens to the page. */
function fakeWatch(events: PageEvents, prerendered: boolean): PageWatch {
  leave = (why = 'page') => events.leave(why);
  activate = () => {
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
    beacon,
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
}

/** Hides the page. */
export function hide(): void {
  hidden = true;
}

/** Makes the page busy: idle work waits until the returned function is called. */
export function busy(): () => void {
  const works = new Set<() => void>();
  waiting = works;
  return () => {
    for (const work of works) work();
  };
}

/** All events that the endpoint has received. */
export const logs = () => endpoint.requests.flatMap(({ json }) => json.__logs__);

/** A plug-in that exposes its sink and logs its own calls and sink events. */
export function plugIn(name = 'plug-in', log: string[] = []) {
  const seen: { sink?: Sink } = {};
  const capture: Capture = {
    name,
    start(sink) {
      seen.sink = sink;
      log.push(`start ${name}`);
      const events = ['leave', 'view', 'granted', 'identify', 'reset'] as const;
      const unsubscribes = events.map((event) =>
        sink.on(event, (...args: string[]) => void log.push([name, event, ...args].join(' '))),
      );
      return () => {
        for (const unsubscribe of unsubscribes) unsubscribe();
        log.push(`stop ${name}`);
      };
    },
    erase: () => void log.push(`erase ${name}`),
  };
  return { capture, log, sink: () => seen.sink as Sink };
}
