// The public entry of the npm package.

import { createTrackerWith } from './create.ts';
import type { Tracker, TrackerOptions } from './types.ts';

export type {
  Compression,
  Consent,
  Counts,
  Drop,
  DropReason,
  Notice,
  Rank,
  TrackEvent,
  Tracker,
  TrackerOptions,
  TrackOptions,
} from './types.ts';

/**
 * Makes a tracker that sends to one logstore. Throws a TypeError that names a wrong option; from then on
 * nothing of it throws. Without a page (on a server) it does nothing.
 */
export function createTracker(options: TrackerOptions): Tracker {
  return createTrackerWith(options, {
    core: () => new URL('./core.wasm', import.meta.url),
    folder: import.meta.url,
  });
}
