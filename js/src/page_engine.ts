// The engine for a page that cannot use the shared worker: loaded when the page is idle. Built as dist/engine.js.

import { type CoreSource, loadCore, loadCoreJs } from './engine/batch/core.ts';
import { Engine } from './engine/engine.ts';
import type { PageState } from './engine/host.ts';
import type { NoteStorage } from './engine/notes.ts';

export interface EngineSources {
  /** The module, unless the options say otherwise. */
  core: CoreSource;
  /** The same as JavaScript. */
  coreJs: URL;
  page: PageState | undefined;
  noteStorage: NoteStorage;
}

/** Makes an engine for this page, or for the worker that makes a tracker. */
export function createEngine({ core, coreJs, page, noteStorage }: EngineSources): Engine {
  return new Engine({
    level: 'fast',
    noteStorage,
    ...(page && { page }),
    async loadCore(coreUrl) {
      try {
        return await loadCore(coreUrl ?? core);
      } catch (error) {
        // A download that failed would do so again, and a page that is going must not load anything more.
        if (globalThis.WebAssembly && !(error instanceof WebAssembly.CompileError)) throw error;
        return loadCoreJs(coreUrl ? new URL('core.js', coreUrl) : coreJs);
      }
    },
  });
}
