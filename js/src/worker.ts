// The shared worker, which runs one engine for all pages of the origin. Built as dist/webtrack.worker.js.

import { serve } from './channel/serve.ts';
import { loadCore, loadCoreJs } from './engine/batch/core.ts';
import { Engine } from './engine/engine.ts';
import { HandedNotes } from './engine/notes.ts';
import { Promise, URL } from './natives.ts';
import { quickId } from './random_id.ts';

const engine = new Engine({
  level: 'high',
  lasting: true,
  noteStorage: new HandedNotes(
    (key) => engine.noteStored(key),
    (isInDoubt) => engine.doubted(isInDoubt),
  ),
  async loadCore(coreUrl = new URL('core_hc.wasm', location.href).href) {
    try {
      return await loadCore(coreUrl);
    } catch {
      // A Content Security Policy forbids WebAssembly, or the module is missing.
      return loadCoreJs(new URL('core.js', coreUrl));
    }
  },
});

// A worker dies without a sign when the page that started it crashes. The browser then releases this lock.
const lifeLock = new Promise<string | undefined>((held) => {
  const name = `webtrack life ${quickId()}`;
  const forGood = () => {
    held(name);
    return new Promise<void>(() => {});
  };
  // Pages without TLS have no Web Locks, and some pages may not use them.
  const request = globalThis.navigator.locks as LockManager | undefined;
  if (request) request.request(name, forGood).catch(() => held(undefined));
  else held(undefined);
});

globalThis.addEventListener('connect', (event) => {
  for (const port of (event as MessageEvent).ports) serve(port, engine, lifeLock);
});
