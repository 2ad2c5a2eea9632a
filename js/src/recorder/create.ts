// Puts a tracker together for the page or worker that it runs in.

import { connect, type Hosts } from '../channel/connect.ts';
import type { Hello, Listener, Session } from '../engine/engine.ts';
import type { PageState } from '../engine/host.ts';
import type { NoteStorage } from '../engine/notes.ts';
import { resolveOptions } from '../options.ts';
import type { Tracker, TrackerOptions } from '../types.ts';
import { type PageEvents, type PageWatch, watchPage } from './page.ts';
import { pageNotes } from './page_notes.ts';
import { startTracker } from './tracker.ts';

/** Records nothing. */
const IDLE: Tracker = {
  track() {},
  async flush() {},
  async shutdown() {},
  identify() {},
  reset() {},
  register() {},
  setConsent() {},
  counts: Object.freeze({ tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 }),
};

/** Where an entry finds what is loaded later. */
export interface Sources {
  /** The shared worker's script; undefined where there is none. Asked when a session opens: a loading page waits for no address. */
  worker(): string | URL | undefined;
  /** The core for the worker, where it does not lie beside it. */
  workerCore?(): URL;
  /** Makes an engine for this page. Rejects when it cannot be loaded. */
  engine(page: PageState | undefined, notes: NoteStorage): Promise<LocalEngine>;
}

export interface LocalEngine {
  open(hello: Hello, listener: Listener): Session;
}

/** See `createTracker`. */
export function createTrackerWith(options: TrackerOptions, sources: Sources): Tracker {
  const settings = resolveOptions(options);
  const isPage = typeof document !== 'undefined';
  // A server that renders pages is neither a page nor a worker.
  if (!isPage && !('WorkerGlobalScope' in globalThis)) return IDLE;
  try {
    let page: PageWatch | undefined;
    const watch = (events: PageEvents) => {
      page = isPage ? watchPage(events) : watchNothing();
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
        const engine = await sources.engine(isPage ? page : undefined, pageNotes);
        return engine.open(hello, listener);
      },
    });
    const connectAs = (recorder: string): ConnectAs => {
      return async (engine, resumes, listener) =>
        connect(hosts(), { recorder, resumes, settings: engine }, listener);
    };
    return startTracker(settings, connectAs, watch);
  } catch {
    // Something is missing that every browser has: the page took it away, and goes on without us.
    return IDLE;
  }
}

type ConnectAs = ReturnType<Parameters<typeof startTracker>[1]>;

function addressOf(worker: string | URL | undefined): URL | undefined {
  return worker ? new URL(worker, document.baseURI) : undefined;
}

/** A worker that makes a tracker: it is never hidden, and nothing tells when it ends. */
function watchNothing(): PageWatch {
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
