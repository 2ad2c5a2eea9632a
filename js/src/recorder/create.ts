// Creates a tracker for the page or worker that it runs in.

import { connect, type Hosts } from '../channel/connect.ts';
import { read } from '../dom.ts';
import { within } from '../engine/bounded.ts';
import type { Hello, Listener, Session } from '../engine/engine.ts';
import type { PageState } from '../engine/host.ts';
import type { NoteStorage } from '../engine/notes.ts';
import { clearTimeout, type Promise, setTimeout, URL } from '../natives.ts';
import type { Tracker, TrackerOptions } from '../types.ts';
import { resolveOptions } from './options.ts';
import type { Connect } from './outgoing.ts';
import { type PageEvents, type PageWatch, watchPage } from './page.ts';
import { pageNotes } from './page_notes.ts';
import { startTracker } from './tracker.ts';

/** Does nothing, as on a server. */
const NOOP_TRACKER: Tracker = {
  track() {},
  async flush() {},
  async shutdown() {},
  identify() {},
  reset() {},
  register() {},
  setConsent() {},
  counts: Object.freeze({ tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 }),
};

/** An engine that has not loaded after this time has failed to load. */
const ENGINE_MS = 60_000;

/** Where the files that load later are. Each entry file (npm, script tag, …) has its own. */
export interface Sources {
  /** Address of the shared worker's script, or undefined if there is none. Called when a session opens. */
  worker(): string | URL | undefined;
  /** Address of the worker's core, if it is not beside the worker's script. */
  workerCore?(): URL;
  /** Creates an engine that runs in this page. Rejects if it cannot be loaded. */
  engine(page: PageState | undefined, notes: NoteStorage): Promise<LocalEngine>;
}

export interface LocalEngine {
  open(hello: Hello, listener: Listener): Session;
}

/** See `createTracker`. */
export function createTrackerWith(options: TrackerOptions, sources: Sources): Tracker {
  const settings = resolveOptions(options);
  const isPage = typeof document !== 'undefined';
  // Neither a page nor a worker: a server that renders pages.
  if (!isPage && !('WorkerGlobalScope' in globalThis)) return NOOP_TRACKER;
  try {
    let page: PageWatch | undefined;
    const watch = (events: PageEvents) => {
      page = isPage ? watchPage(events) : watchWorker();
      return page;
    };
    const hosts = (): Hosts => ({
      worker:
        isPage && settings.worker !== false
          ? () => addressOf(settings.worker || sources.worker())
          : undefined,
      workerCore: () => sources.workerCore?.().href,
      whenLoaded: async () => page?.loaded(),
      async openLocal(hello, listener) {
        const engine = await within(
          sources.engine(isPage ? page : undefined, pageNotes),
          ENGINE_MS,
        );
        return engine.open(hello, listener);
      },
    });
    const connectAs = (recorder: string): Connect => {
      return async (engine, resumes, listener) =>
        connect(
          hosts(),
          {
            recorder,
            settings: engine,
            get resumes() {
              return resumes();
            },
          },
          listener,
        );
    };
    return outsideZones(() => startTracker(settings, connectAs, watch));
  } catch {
    // The page has removed an API that every browser has: return a tracker that does nothing.
    return NOOP_TRACKER;
  }
}

// Angular checks the whole page after each task that starts in one of its zones.
function outsideZones<Answer>(work: () => Answer): Answer {
  const { Zone } = globalThis as { Zone?: { root?: { run?(work: () => Answer): Answer } } };
  return Zone?.root?.run ? Zone.root.run(work) : work();
}

function addressOf(worker: string | URL | undefined): URL | undefined {
  return worker ? new URL(worker, read(document, 'baseURI')) : undefined;
}

/** The life cycle of a worker that creates a tracker: it is never hidden, and no event announces its end. */
function watchWorker(): PageWatch {
  const whenIdle = (work: () => void) => {
    const timer = setTimeout(work);
    return () => clearTimeout(timer);
  };
  return {
    hidden: false,
    prerendered: false,
    ending: false,
    beacon: () => false,
    whenIdle,
    whenLoaded: whenIdle,
    loaded: async () => {},
    stop() {},
  };
}
