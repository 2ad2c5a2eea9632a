// The last stored number of each batcher's batches and each recorder's groups. Notes up to this number are repeats: a
// crash of the browser can restore deleted notes, and a page that ends does not hear that the worker stored its last
// group.

import { Map, wallClock } from '../../natives.ts';
import type { Rank } from '../../types.ts';
import { onSuccess } from './database.ts';
import type { Progress } from './outbox.ts';
import { isProgress } from './sound.ts';

/** Key in the store `open`. Notes of recorders have the rank `normal`. */
const keyOf = (owner: string, rank: Rank = 'normal') => [owner, 'noted', rank];

export function putProgress(open: IDBObjectStore, progress: Progress = new Map(), rank?: Rank) {
  for (const [tracker, number] of progress) {
    open.put({ tracker, number, time: wallClock() }, keyOf(tracker, rank));
  }
}

/** Calls `use` with the last number of the batcher or recorder, -1 for none. */
export function readProgress(
  open: IDBObjectStore,
  owner: string,
  use: (last: number) => void,
  rank?: Rank,
): void {
  onSuccess(open.get(keyOf(owner, rank)), (stored) => use(isProgress(stored) ? stored.number : -1));
}
