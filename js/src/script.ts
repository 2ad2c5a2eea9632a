// The entry of the single-file script: the module is inside, and what is exported here becomes the
// global `webtrack`.

import coreBase64 from 'core.wasm';
import { createTrackerWith } from './create.ts';
import type { Tracker, TrackerOptions } from './types.ts';

/** See `createTracker` of the npm package. */
export function createTracker(options: TrackerOptions): Tracker {
  return createTrackerWith(options, () =>
    Uint8Array.from(atob(coreBase64), (char) => char.charCodeAt(0)),
  );
}
