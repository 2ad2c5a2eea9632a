// The entry of the single-file script: the module is inside, and what is exported here becomes the
// global `webtrack`.

import coreHex from 'core.wasm';
import { createTrackerWith } from './create.ts';
import type { Tracker, TrackerOptions } from './types.ts';

export * from './capture.ts';

// Only while the script runs for the first time; undefined for one that was put into a larger file.
const { src = '' } = (globalThis.document?.currentScript ?? {}) as Partial<HTMLScriptElement>;

/** See `createTracker` of the npm package. */
export function createTracker(options: TrackerOptions): Tracker {
  return createTrackerWith(options, {
    core: () => Uint8Array.from(coreHex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)),
    folder: src,
  });
}
