// The library in one module, with the WebAssembly module inside: for service workers, which refuse `import()`, and for
// builds that cannot carry a second file. Built as dist/webtrack.inline.js, and part of dist/webtrack.all.iife.js.

import coreText from 'core.wasm';
import type { URL } from './natives.ts';
import { createEngine } from './page_engine.ts';
import { createTrackerWith } from './recorder/create.ts';
import type { Tracker, TrackerOptions } from './types.ts';

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

/**
 * Makes a tracker like that of the main entry, but loads no other file: its engine runs in the page or worker that
 * calls this. `coreJs`: address of `core.js`, for pages whose policy forbids WebAssembly. Without it they send
 * uncompressed batches. Throws a TypeError that names the option if one is wrong.
 */
export function createTracker(options: TrackerOptions, coreJs?: URL): Tracker {
  return createTrackerWith(options, {
    worker: () => undefined,
    engine: async (page, noteStorage) =>
      createEngine({ core: bytesOf(coreText), coreJs, page, noteStorage }),
  });
}
