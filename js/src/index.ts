// The public entry of the npm package. Bundlers find the other files by the words `new URL(…, import.meta.url)`, so
// this file uses the global name.

import { createTrackerWith } from './recorder/create.ts';
import type { Tracker, TrackerOptions } from './types.ts';

export type {
  Compression,
  Consent,
  Counts,
  Drop,
  DropReason,
  ExitPolicy,
  Notice,
  NoticeKind,
  Rank,
  TrackEvent,
  Tracker,
  TrackerOptions,
  TrackOptions,
} from './types.ts';

/**
 * Makes a tracker that sends to one logstore. Throws a TypeError that names the option if one is wrong; the tracker
 * itself never throws. On a server the tracker does nothing.
 */
export function createTracker(options: TrackerOptions): Tracker {
  return createTrackerWith(options, {
    worker: () => new URL('./webtrack.worker.js', import.meta.url),
    workerCore: () => new URL('./core_hc.wasm', import.meta.url),
    async engine(page, noteStorage) {
      const { createEngine } = await import('./page_engine.ts');
      return createEngine({
        core: new URL('./core.wasm', import.meta.url),
        coreJs: new URL('./core.js', import.meta.url),
        page,
        noteStorage,
      });
    },
  });
}
