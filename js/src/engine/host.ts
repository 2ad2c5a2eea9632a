// What an engine needs of the page or worker that it runs in.

import type { Core } from './batch/core.ts';
import type { NoteStorage } from './notes.ts';
import type { Level } from './types.ts';

export interface Host {
  /** Loads the core: from `coreUrl`, or from where the host has it. Rejects where it cannot be had. */
  loadCore(coreUrl: string | undefined): Promise<Core>;
  /** How hard sealed batches are compressed: a page has less time than a worker. */
  level: Level;
  /** What was saved as pages went. */
  noteStorage: NoteStorage;
  /** It lives on without pages, so its requests need no `keepalive`. */
  lasting?: true;
  /** The page that the engine runs in; undefined in a worker, which outlives its pages. */
  page?: PageState;
}

export interface PageState {
  /** Nobody sees the page; it may end without another word. */
  readonly hidden: boolean;
  /** It is hidden and being unloaded as well: nothing comes after. */
  readonly ending: boolean;
  /** Sends a body by a request that outlives the page and whose answer nobody hears. False: it is refused. */
  beacon(url: string, body: Blob): boolean;
}
