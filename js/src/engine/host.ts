// What an engine needs from the page or worker that it runs in.

import type { Promise } from '../natives.ts';
import type { Core } from './batch/core.ts';
import type { NoteStorage } from './notes.ts';
import type { Level } from './types.ts';

export interface Host {
  /** Loads the core from `coreUrl`, or else from the host's own address. Rejects if it does not load. */
  loadCore(coreUrl: string | undefined): Promise<Core>;
  /** How hard sealed batches are compressed: a page has less time than a worker. */
  level: Level;
  /** Stores the batches and groups that pages save while they end. */
  noteStorage: NoteStorage;
  /** Set if the host outlives its recorders and their pages. Its requests need no `keepalive`. */
  lasting?: true;
  /** The page that the engine runs in; undefined in a worker. */
  page?: PageState;
}

export interface PageState {
  /** The page is hidden; it may end without another event. */
  readonly hidden: boolean;
  /** The page is hidden and being unloaded: no event follows. */
  readonly ending: boolean;
  /** Sends a body as a beacon: the request outlives the page, and nobody hears its answer. False: refused. */
  beacon(url: string, body: Blob): boolean;
}
