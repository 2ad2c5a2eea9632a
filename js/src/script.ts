// The entry of the single-file script: the module is inside, and all of it is the global
// `webtrack`. With `data-logstore` on its tag the script makes a tracker by itself.

import coreText from 'core.wasm';
import {
  autocapture,
  clicks,
  context,
  engagement,
  errors,
  forms,
  identity,
  longTasks,
  network,
  pageViews,
  reports,
  resources,
  scroll,
  visibility,
  webVitals,
} from './capture.ts';
import { createTrackerWith } from './create.ts';
import type { Capture, Tracker, TrackerOptions } from './types.ts';

// By hand: a namespace that is used as a value costs code of its own.
const plugIns: typeof import('./capture.ts') = {
  autocapture,
  clicks,
  context,
  engagement,
  errors,
  forms,
  identity,
  longTasks,
  network,
  pageViews,
  reports,
  resources,
  scroll,
  visibility,
  webVitals,
};

// Only while the script runs for the first time; undefined for one that was put into a larger file.
const { src = '', dataset = {} } = (globalThis.document?.currentScript ??
  {}) as Partial<HTMLScriptElement>;

/** See `createTracker` of the npm package. */
function createTracker(options: TrackerOptions): Tracker {
  return createTrackerWith(options, {
    core: () => Uint8Array.from(coreText.match(/[ !]?./g) ?? [], byteOf),
    folder: src,
  });
}

function byteOf(text: string): number {
  return text.charCodeAt(text.length - 1) - 35 + 90 * ['', ' ', '!'].indexOf(text.slice(0, -1));
}

const library: typeof plugIns & {
  createTracker(options: TrackerOptions): Tracker;
  /** Of the script's own tag; undefined without `data-logstore` there. */
  tracker?: Tracker;
} = { ...plugIns, createTracker };
// First: of a tag that is wrong the page hears by what is thrown then, and has the rest all the same.
Object.assign(globalThis, { webtrack: library });

/**
 * The tracker of the script's own tag: `data-host`, `data-project`, `data-logstore`, `data-topic`, `data-source` and
 * `data-consent` are options of these names, `data-capture` has names of plug-ins (`"pageViews clicks"`), `auto` (the
 * default) for `autocapture()`, or nothing for none.
 */
if (dataset.logstore !== undefined) library.tracker = createTracker(optionsOf(dataset));

function optionsOf(given: DOMStringMap): TrackerOptions {
  // Others put attributes of their own on a page's scripts.
  const { host, project, logstore, topic, source, consent, capture = 'auto' } = given;
  const options = { host, project, logstore, topic, source, consent };
  return { ...options, capture: capture.split(/\s+/).flatMap(plugInsOf) } as TrackerOptions;
}

function plugInsOf(name: string): Capture[] {
  if (name === '') return [];
  if (name === 'auto') return plugIns.autocapture();
  const [, plugIn] = Object.entries(plugIns).find(([key]) => key === name) ?? [];
  if (!plugIn) {
    const names = ['auto', ...Object.keys(plugIns)].join(', ');
    throw new TypeError(
      `webtrack: there is no plug-in "${name}" for data-capture; there are ${names}`,
    );
  }
  return [plugIn()].flat();
}
