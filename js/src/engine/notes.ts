// Notes: batches and groups that a page saves synchronously while it ends, because IndexedDB would be too late. The
// page keeps them in localStorage. A worker has no localStorage and gets the notes from the pages.

import { Map, parse, stringify } from '../natives.ts';
import { batchId, envelopeOf } from './batch/batch_tags.ts';
import { bodyOf } from './batch/plain_json.ts';
import { isBatch } from './outbox/sound.ts';
import type { StoredBatch } from './types.ts';

/** Prefix of every note's key, `webtrack {owner} {number}{part}`. */
const PREFIX = 'webtrack ';
/** Matches keys of notes. The library's other keys have no number there. */
export const NOTE_KEY = /^webtrack \S+ \d/;
/** Bytes per call of `String.fromCharCode`: engines accept only about 100,000 arguments. */
const CHUNK = 32_768;

/** Where notes are kept, as text. No method throws. */
export interface NoteStorage {
  /** All notes. */
  entries(): [key: string, text: string][];
  /** Stores an entry. False: the browser refuses, or has no room. */
  set(key: string, text: string): boolean;
  remove(key: string): void;
  /** Whether the last answer that any page of the origin or the worker has heard was a failure. */
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

  /** False: the browser refuses, or has no room. */
  save(batch: StoredBatch): boolean {
    let body = '';
    for (let at = 0; at < batch.body.length; at += CHUNK) {
      body += String.fromCharCode(...batch.body.subarray(at, at + CHUNK));
    }
    return this.#storage.set(noteKeyOf(batch), stringify({ ...batch, body }));
  }

  /** Removes a batch's note, if there is one. */
  remove(batch: Pick<StoredBatch, 'tracker' | 'number' | 'part'>): void {
    this.#storage.remove(noteKeyOf(batch));
  }

  /** The batcher or recorder of each note; one with several notes appears several times. */
  owners(): string[] {
    return this.#entries().map(([key]) => key.split(' ')[1] as string);
  }

  /** Notes of one batcher or recorder. Deletes damaged ones and leaves them out. */
  of(owner: string): StoredBatch[] {
    return this.#entries()
      .filter(([key]) => key.startsWith(`${PREFIX}${owner} `))
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

function batchOf(key: string, text: string): StoredBatch | undefined {
  try {
    const note = parse(text);
    const batch = note.logs ? recordedBatch(note) : { ...note, body: bytesOf(note.body) };
    const isWhole = isBatch(batch) && (batch.body.length > 0 || batch.delivered);
    return isWhole && noteKeyOf(batch) === key ? batch : undefined;
  } catch {
    return undefined;
  }
}

// An engine's note has the bytes of a batch.
function bytesOf(body: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(body.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = body.charCodeAt(at);
  return bytes;
}

/** A group that a recorder has saved. Its events are fields, as writing a body would take a page that ends too long. */
export type RecordedNote = Pick<StoredBatch, 'tracker' | 'number' | 'url' | 'time' | 'envelope'> & {
  /** `[key, value, …]` of each event. */
  logs: readonly (readonly string[])[];
};

function recordedBatch({ logs, ...note }: RecordedNote): StoredBatch {
  const { tracker, number, envelope } = note;
  const id = batchId({ tracker, number, part: '' });
  const body = new globalThis.TextEncoder().encode(bodyOf(logs, envelopeOf(envelope, id)));
  return {
    ...note,
    part: '',
    rank: 'normal',
    body,
    rawBytes: body.length,
    encoding: 'plain',
    events: logs.length,
    owned: true,
    recorders: [[tracker, logs.length]],
  };
}

/**
 * The notes that pages hand to a worker. `removed` is called when a note is safe in the worker's outbox, so that the
 * page can delete it. `doubted` is called with `isInDoubt`, which a page needs if it ends before it has an engine.
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

  set(key: string, text: string): boolean {
    this.#texts.set(key, text);
    return true;
  }

  remove(key: string): void {
    if (this.#texts.delete(key)) this.#removed(key);
  }
}
