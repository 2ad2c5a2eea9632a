// The whole library in one file, for sites that can host only one. It contains the WebAssembly module, and the engine
// runs in the page. Built as dist/webtrack.all.iife.js.

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
import { createEngine } from './page_engine.ts';
import { createTrackerWith } from './recorder/create.ts';
import { ownTag, startFromTag } from './script_tag.ts';

// Listed by hand: `import *` used as a value makes the bundler add code.
const plugIns = {
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

/** Decodes Base64. Chromium before 140 and Safari before 18.2 have no `Uint8Array.fromBase64`. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as unknown as {
    fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
  };
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

const tag = ownTag();

startFromTag(tag, plugIns, (options) =>
  createTrackerWith(options, {
    worker: () => undefined,
    engine: async (page, noteStorage) =>
      createEngine({
        core: bytesOf(coreText),
        coreJs: new URL('core.js', tag.src || document.baseURI),
        page,
        noteStorage,
      }),
  }),
);
