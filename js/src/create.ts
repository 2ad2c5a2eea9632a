// Puts a tracker together for the page it runs in.

import { type Core, type CoreSource, loadCore, loadCoreJs } from './core.ts';
import { resolveOptions } from './options.ts';
import { watchPage } from './page.ts';
import { startTracker } from './tracker.ts';
import type { Tracker, TrackerOptions } from './types.ts';

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

/** Where an entry finds what it loads. */
export interface Sources {
  /** The module, unless the options say otherwise. */
  core(): CoreSource;
  /** The folder of the same as JavaScript, `core.js`, unless the options say otherwise; '' when nobody knows. */
  folder: string | URL;
}

/** See `createTracker`. */
export function createTrackerWith(options: TrackerOptions, sources: Sources): Tracker {
  const settings = resolveOptions(options);
  // A server that renders pages has none itself.
  if (typeof document === 'undefined') return IDLE;
  try {
    // Whatever fails in here is a rejection, and no exception in the page.
    return startTracker(settings, () => load(settings.coreUrl, sources), watchPage);
  } catch {
    // Something is missing that every browser has: the page took it away, and goes on without us.
    return IDLE;
  }
}

async function load(coreUrl: string | URL | undefined, { core, folder }: Sources): Promise<Core> {
  try {
    return await loadCore(coreUrl ?? core());
  } catch (error) {
    // A download that failed would do so again, and a page that is going must not load anything more.
    if (globalThis.WebAssembly && !(error instanceof WebAssembly.CompileError)) throw error;
    return loadCoreJs(new URL('core.js', new URL(coreUrl ?? folder, document.baseURI)));
  }
}
