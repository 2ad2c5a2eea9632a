// The shared worker, which runs one engine for all pages of the origin. Built as dist/webtrack.worker.js.

import { serve } from './channel/serve.ts';
import { loadCore, loadCoreJs } from './engine/batch/core.ts';
import { Engine } from './engine/engine.ts';
import { HandedNotes } from './engine/notes.ts';

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

addEventListener('connect', (event) => {
  for (const port of (event as MessageEvent).ports) serve(port, engine);
});
