// Shared by script.ts and all.ts: makes the global `webtrack`, and the tracker that the script's tag asks for.

import { read } from './dom.ts';
import { stringify } from './natives.ts';
import type { Capture, Tracker, TrackerOptions } from './types.ts';

/** All plug-ins, and `autocapture` for the usual set. */
export type PlugIns = typeof import('./capture.ts');

export type Library = PlugIns & {
  createTracker(options: TrackerOptions): Tracker;
  /** The tracker that the script's own tag asked for; undefined without `data-logstore` there. */
  tracker?: Tracker;
};

/** The script's own tag. */
export interface Tag {
  /** Its address; '' if unknown. */
  src: string;
  /** What the addresses of the files beside the script are relative to. */
  base: string;
  /** Its attributes `data-*`. */
  dataset: DOMStringMap;
}

/** Libraries that tags have made on this page, by the attributes of the tag. */
type Made = Record<string, Library>;

const MADE = Symbol.for('webtrack tags');

/**
 * Finds the script's own tag. Works only during the script's first run, and not for a script that is part of a larger
 * file.
 */
export function ownTag(): Tag {
  if (!globalThis.document) return { src: '', base: '', dataset: {} };
  // An image with that name, such as one in a visitor's comment, would take the place of the property.
  const script = read(document, 'currentScript') as Partial<HTMLScriptElement> | null;
  const { src = '', dataset = {} } = script ?? {};
  return { src, base: src || read(document, 'baseURI'), dataset };
}

/**
 * Makes the global `webtrack`, and the tracker that the tag asks for. `data-host`, `data-project`, `data-logstore`,
 * `data-topic`, `data-source` and `data-consent` are the options of these names. `data-capture` lists plug-ins
 * (`"pageViews clicks"`); `auto`, the default, means `autocapture()`, and an empty value means no plug-ins.
 *
 * A tag that runs again keeps its tracker: Turbo and others put the body of the next page, with its tags, into this
 * page.
 */
export function startFromTag(
  { dataset }: Tag,
  plugIns: PlugIns,
  createTracker: Library['createTracker'],
): void {
  const page = globalThis as { [MADE]?: Made };
  page[MADE] ??= {};
  const made = page[MADE];
  const key = stringify(dataset);
  const library: Library = made[key] ?? { ...plugIns, createTracker };
  // Set the global first: `createTracker` throws if an attribute is wrong, and the page keeps the library.
  Object.assign(globalThis, { webtrack: library });
  if (dataset.logstore === undefined || library.tracker) return;
  library.tracker = createTracker(optionsOf(dataset, plugIns));
  made[key] = library;
}

function optionsOf(given: DOMStringMap, plugIns: PlugIns): TrackerOptions {
  // Read only known attributes: other tools put their own on a page's scripts.
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
