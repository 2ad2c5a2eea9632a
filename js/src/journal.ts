// What a page has no time left to store in IndexedDB: a transaction that waits for another one, or for the database
// to open, ends with the page. localStorage is written at once; the next page reads it.

import type { StoredBatch } from './types.ts';

const PREFIX = 'webtrack ';
/** What begins so and says no number is something else of ours. */
const NOTE = /^webtrack \S+ \d/;
/** A call takes no more arguments than some 100,000. */
const PART = 32_768;

const keyOf = ({ tracker, number, part }: StoredBatch) => `${PREFIX}${tracker} ${number}${part}`;

/** Notes a batch down. False: the browser refuses, or has no room. */
export function note(batch: StoredBatch): boolean {
  try {
    let body = '';
    for (let at = 0; at < batch.body.length; at += PART) {
      body += String.fromCharCode(...batch.body.subarray(at, at + PART));
    }
    localStorage.setItem(keyOf(batch), JSON.stringify({ ...batch, body }));
    return true;
  } catch {
    return false;
  }
}

/** Forgets a batch; harmless when it was not noted. */
export function strike(batch: StoredBatch): void {
  try {
    localStorage.removeItem(keyOf(batch));
  } catch {}
}

/** Trackers of which something is noted. */
export function noted(): string[] {
  return keys().map((key) => key.split(' ')[1] as string);
}

/** What is noted of a tracker. */
export function notesOf(tracker: string): StoredBatch[] {
  return keys()
    .filter((key) => key.startsWith(`${PREFIX}${tracker} `))
    .flatMap((key) => {
      try {
        const batch = JSON.parse(localStorage.getItem(key) as string);
        const body = Uint8Array.from(batch.body, bytes);
        if (keyOf(batch) === key && batch.time > 0 && batch.url && body.length > 0) {
          return { ...batch, body };
        }
      } catch {}
      localStorage.removeItem(key); // no note of ours, or a damaged one
      return [];
    });
}

const bytes = (character: string) => character.charCodeAt(0);

function keys(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => NOTE.test(key));
  } catch {
    return [];
  }
}
