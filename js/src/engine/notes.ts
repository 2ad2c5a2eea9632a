// Batches that a page saves at once as it goes, because IndexedDB would be too late. The page keeps them in
// localStorage; a worker, which has none, gets them from the pages.

import type { StoredBatch } from './types.ts';

/** Begins the key of every note: `webtrack {tracker} {number}{part}`. */
const PREFIX = 'webtrack ';
/** Keys of notes. Others of ours have no number there. */
export const NOTE_KEY = /^webtrack \S+ \d/;
/** A call takes no more arguments than some 100,000. */
const PART = 32_768;

/** Where notes are kept, as texts. Nothing of it throws. */
export interface NoteStorage {
  /** All that is kept under keys of the library. */
  entries(): [key: string, text: string][];
  /** What the browser refuses, or has no room for, is not kept. */
  set(key: string, text: string): void;
  remove(key: string): void;
  /** Whether the endpoint's last answer, on this page or the one before, was a failure. */
  isInDoubt: boolean;
}

/** Key of a batch's note. */
export function noteKeyOf({
  tracker,
  number,
  part,
}: Pick<StoredBatch, 'tracker' | 'number' | 'part'>): string {
  return `${PREFIX}${tracker} ${number}${part}`;
}

export class Notes {
  readonly #storage: NoteStorage;

  constructor(storage: NoteStorage) {
    this.#storage = storage;
  }

  get isInDoubt(): boolean {
    return this.#storage.isInDoubt;
  }

  set isInDoubt(isInDoubt: boolean) {
    if (isInDoubt !== this.#storage.isInDoubt) this.#storage.isInDoubt = isInDoubt;
  }

  save(batch: StoredBatch): void {
    let body = '';
    for (let at = 0; at < batch.body.length; at += PART) {
      body += String.fromCharCode(...batch.body.subarray(at, at + PART));
    }
    this.#storage.set(noteKeyOf(batch), JSON.stringify({ ...batch, body }));
  }

  /** Removes a batch's note; harmless when there is none. */
  remove(batch: Pick<StoredBatch, 'tracker' | 'number' | 'part'>): void {
    this.#storage.remove(noteKeyOf(batch));
  }

  /** Trackers that have notes. */
  trackers(): string[] {
    return this.#entries().map(([key]) => key.split(' ')[1] as string);
  }

  /** Notes of one tracker. Damaged ones are deleted and left out. */
  of(tracker: string): StoredBatch[] {
    return this.#entries()
      .filter(([key]) => key.startsWith(`${PREFIX}${tracker} `))
      .flatMap(([key, text]) => {
        const batch = batchOf(key, text);
        if (!batch) this.#storage.remove(key);
        return batch ?? [];
      });
  }

  #entries(): [key: string, text: string][] {
    return this.#storage.entries().filter(([key]) => NOTE_KEY.test(key));
  }
}

// A recorder saves the JSON of a group as it is (`json`), an engine the bytes of a batch (`body`).
function batchOf(key: string, text: string): StoredBatch | undefined {
  try {
    const { json, ...note } = JSON.parse(text);
    const body = json
      ? new TextEncoder().encode(json)
      : Uint8Array.from(note.body as string, (character) => character.charCodeAt(0));
    const isWhole = body.length > 0 || note.delivered;
    if (noteKeyOf(note) !== key || !(note.time > 0) || !note.url || !isWhole) return undefined;
    return { ...note, body, ...(json && { rawBytes: body.length, encoding: 'plain' }) };
  } catch {
    return undefined;
  }
}

/**
 * What pages hand to a worker. `removed` hears what is safe in the worker's outbox, so that they can delete it; `doubted`
 * whether the endpoint's last answer was a failure, which a page needs to know that is left before it has an engine.
 */
export class HandedNotes implements NoteStorage {
  readonly #texts = new Map<string, string>();
  readonly #removed: (key: string) => void;
  readonly #doubted: (isInDoubt: boolean) => void;
  #isInDoubt = false;

  constructor(removed: (key: string) => void, doubted: (isInDoubt: boolean) => void) {
    this.#removed = removed;
    this.#doubted = doubted;
  }

  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  set isInDoubt(isInDoubt: boolean) {
    this.#isInDoubt = isInDoubt;
    this.#doubted(isInDoubt);
  }

  entries(): [key: string, text: string][] {
    return [...this.#texts];
  }

  set(key: string, text: string): void {
    this.#texts.set(key, text);
  }

  remove(key: string): void {
    if (this.#texts.delete(key)) this.#removed(key);
  }
}
