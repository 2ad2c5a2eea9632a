// What both scripts for a tag share: the global `webtrack`, and the tracker that the tag itself asks for.

import type { Capture, Tracker, TrackerOptions } from './types.ts';

/** The plug-ins, and `autocapture` for the usual set of them. */
export type PlugIns = typeof import('./capture.ts');

export type Library = PlugIns & {
  createTracker(options: TrackerOptions): Tracker;
  /** Of the script's own tag; undefined without `data-logstore` there. */
  tracker?: Tracker;
};

/** The script's own tag: its address, '' where nobody knows, and its attributes. */
export interface Tag {
  src: string;
  dataset: DOMStringMap;
}

/** Only while the script runs for the first time: later, and for one that was put into a larger file, nobody knows. */
export function ownTag(): Tag {
  const { src = '', dataset = {} } = (globalThis.document?.currentScript ??
    {}) as Partial<HTMLScriptElement>;
  return { src, dataset };
}

/**
 * Makes the global `webtrack`, and the tracker that the tag asks for: `data-host`, `data-project`, `data-logstore`,
 * `data-topic`, `data-source` and `data-consent` are options of these names, `data-capture` has names of plug-ins
 * (`"pageViews clicks"`), `auto` (the default) for `autocapture()`, or nothing for none.
 */
export function startFromTag(
  { dataset }: Tag,
  plugIns: PlugIns,
  createTracker: Library['createTracker'],
): void {
  const library: Library = { ...plugIns, createTracker };
  // First: a page hears of a wrong tag by what is thrown below, and has the rest all the same.
  Object.assign(globalThis, { webtrack: library });
  if (dataset.logstore !== undefined) library.tracker = createTracker(optionsOf(dataset, plugIns));
}

function optionsOf(given: DOMStringMap, plugIns: PlugIns): TrackerOptions {
  // Others put attributes of their own on a page's scripts.
  const { host, project, logstore, topic, source, consent, capture = 'auto' } = given;
  const options = { host, project, logstore, topic, source, consent };
  return {
    ...options,
    capture: capture.split(/\s+/).flatMap((name) => plugInsOf(name, plugIns)),
  } as TrackerOptions;
}

function plugInsOf(name: string, plugIns: PlugIns): Capture[] {
  if (name === '') return [];
  if (name === 'auto') return plugIns.autocapture();
  const [, plugIn] = Object.entries(plugIns).find(([key]) => key === name) ?? [];
  if (!plugIn) {
    const names = ['auto', ...Object.keys(plugIns).sort()].join(', ');
    throw new TypeError(
      `webtrack: there is no plug-in "${name}" for data-capture; there are ${names}`,
    );
  }
  return [plugIn()].flat();
}
