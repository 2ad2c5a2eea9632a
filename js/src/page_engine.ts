// The engine for a page that cannot use the shared worker. The page loads this file when it is idle. Built as
// dist/engine.js.

import { type CoreSource, loadCore, loadCoreJs } from './engine/batch/core.ts';
import { Engine } from './engine/engine.ts';
import type { PageState } from './engine/host.ts';
import type { NoteStorage } from './engine/notes.ts';
import { URL } from './natives.ts';

export interface EngineSources {
  /** The WebAssembly module, unless the option `coreUrl` names another one. */
  core: CoreSource;
  /** Address of the module as JavaScript, if there is one. */
  coreJs: URL | undefined;
  page: PageState | undefined;
  noteStorage: NoteStorage;
}

/** Makes an engine for this page, or for the worker that called `createTracker`. */
export function createEngine({ core, coreJs, page, noteStorage }: EngineSources): Engine {
  return new Engine({
    level: 'fast',
    noteStorage,
    ...(page && { page }),
    async loadCore(coreUrl) {
      try {
        return await loadCore(coreUrl ?? core);
      } catch (error) {
        // Fall back to core.js only if WebAssembly is missing or forbidden. After a failed download core.js would fail
        // too, and a page that is ending must not load anything more.
        const isForbidden =
          !globalThis.WebAssembly || error instanceof globalThis.WebAssembly.CompileError;
        const url = coreUrl ? new URL('core.js', coreUrl) : coreJs;
        if (!isForbidden || !url) throw error;
        return loadCoreJs(url);
      }
    },
  });
}
