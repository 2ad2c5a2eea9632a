// Puts a tracker together for the page it runs in.

import { type CoreSource, loadCore } from './core.ts';
import { resolveOptions } from './options.ts';
import { watchPage } from './page.ts';
import { startTracker } from './tracker.ts';
import type { Tracker, TrackerOptions } from './types.ts';

/** Records nothing. */
const IDLE: Tracker = {
  track() {},
  async flush() {},
  async shutdown() {},
  counts: Object.freeze({ tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 }),
};

/** See `createTracker`; `core` is where the module lies unless the options say otherwise. */
export function createTrackerWith(options: TrackerOptions, core: () => CoreSource): Tracker {
  const settings = resolveOptions(options);
  // A server that renders pages has none itself.
  if (typeof document === 'undefined') return IDLE;
  try {
    // Whatever fails in here is a rejection, and no exception in the page.
    const loading = (async () => loadCore(settings.coreUrl ?? core()))();
    return startTracker(settings, loading, watchPage);
  } catch {
    // Something is missing that every browser has: the page took it away, and goes on without us.
    return IDLE;
  }
}
