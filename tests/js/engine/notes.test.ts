// Notes of batches in localStorage and in a worker. The browser tests check that they are delivered.
import { afterEach, expect, test, vi } from 'vitest';
import { HandedNotes, Notes } from '../../../js/src/engine/notes.ts';
import type { StoredBatch } from '../../../js/src/engine/types.ts';
import { pageNotes } from '../../../js/src/recorder/page_notes.ts';

afterEach(() => vi.unstubAllGlobals());

/** A storage with these items. Its methods are on the prototype, as in a browser. */
function storageOf(items: Record<string, string>): Record<string, string> {
  const storage: Record<string, string> = Object.create(
    {
      getItem: (key: string) => storage[key] ?? null,
      setItem(key: string, text: string) {
        storage[key] = text;
      },
      removeItem: (key: string) => delete storage[key],
    },
    Object.getOwnPropertyDescriptors(items),
  );
  return storage;
}

const batch: StoredBatch = {
  body: Uint8Array.from({ length: 256 }, (_, n) => n),
  rawBytes: 500,
  encoding: 'lz4',
  events: 3,
  url: 'https://log.example.com/logstores/web/track',
  rank: 'high',
  time: 1_000,
  tracker: 'abc',
  number: 7,
  part: '.1',
  envelope: { source: 's', topic: 't', tags: { a: 'b' } },
  owned: true,
  recorders: [['def', 3]],
};

test('other keys of localStorage are left alone, and a damaged note is deleted', () => {
  const others = {
    'webtrack identity': 'a/b///5',
    'webtrack identity of another version': '',
    webtrack: '',
    'my webtrack abc 0': '',
  };
  const localStorage = storageOf({ ...others, 'webtrack abc 0.1': 'damaged' });
  vi.stubGlobal('localStorage', localStorage);
  const notes = new Notes(pageNotes);
  expect(notes.owners()).toEqual(['abc']);
  for (const tracker of ['abc', 'identity']) expect(notes.of(tracker)).toEqual([]);
  expect({ ...localStorage }).toEqual(others);
});

test('a saved batch is read back unchanged, and can be removed', () => {
  const localStorage = storageOf({});
  vi.stubGlobal('localStorage', localStorage);
  const notes = new Notes(pageNotes);
  notes.save(batch);
  expect(Object.keys(localStorage)).toEqual(['webtrack abc 7.1']);
  expect(notes.of('abc')).toEqual([batch]);
  notes.remove(batch);
  notes.remove(batch);
  expect({ ...localStorage }).toEqual({});
});

test('a note written by a recorder has the fields of its events', () => {
  vi.stubGlobal('localStorage', storageOf({}));
  const { url, time, envelope } = batch;
  const note = {
    tracker: 'abc',
    number: 7,
    url,
    time,
    envelope,
    logs: [
      ['event', '茶', 'n', '1'],
      ['event', '"'],
    ],
  };
  pageNotes.set('webtrack abc 7', JSON.stringify(note));
  const [found] = new Notes(pageNotes).of('abc');
  expect(JSON.parse(new TextDecoder().decode(found?.body))).toEqual({
    __logs__: [{ event: '茶', n: '1' }, { event: '"' }],
    __source__: 's',
    __topic__: 't',
    __tags__: { a: 'b', batch_id: 'abc-7' },
  });
  const { logs, ...rest } = note;
  expect(found).toEqual({
    ...rest,
    part: '',
    rank: 'normal',
    body: found?.body,
    rawBytes: found?.body.length,
    encoding: 'plain',
    events: 2,
    owned: true,
    recorders: [['abc', 2]],
  });
});

test.each<[string, object]>([
  ['with events that are no list', { logs: 'x' }],
  ['with a field that is no text', { logs: [['n', 1]] }],
  ['with another key', { number: 8 }],
  ['without a time', { time: 0 }],
  ['without a URL', { url: '' }],
  ['without a body', { body: '' }],
  ['with a URL that is no text', { url: {} }],
  ['with a part that is no text', { part: ['.1'] }],
  ['with a time that is no number', { time: true }],
  ['with a number that is no number', { number: '7' }],
  ['with events that are no number', { events: 'x' }],
  ['with a size that is no number', { rawBytes: null }],
  ['of an unknown rank', { rank: 'low' }],
])('a note %s is deleted as damaged', (_, change) => {
  const localStorage = storageOf({
    'webtrack abc 7.1': JSON.stringify({ ...batch, body: 'x', ...change }),
  });
  vi.stubGlobal('localStorage', localStorage);
  expect(new Notes(pageNotes).of('abc')).toEqual([]);
  expect({ ...localStorage }).toEqual({});
});

test('a note of a delivered batch needs no body', () => {
  vi.stubGlobal('localStorage', storageOf({}));
  const notes = new Notes(pageNotes);
  const delivered = { ...batch, body: new Uint8Array(), delivered: true };
  notes.save(delivered);
  expect(notes.of('abc')).toEqual([delivered]);
});

test('notes are ignored without an error if localStorage is missing or refused', () => {
  for (const get of [() => undefined, () => denied()]) {
    Object.defineProperty(globalThis, 'localStorage', { configurable: true, get });
    const notes = new Notes(pageNotes);
    notes.save(batch);
    notes.isInDoubt = true;
    expect(notes.isInDoubt).toBe(false);
    expect(notes.owners()).toEqual([]);
    Reflect.deleteProperty(globalThis, 'localStorage');
  }
});

function denied(): never {
  throw new Error('denied');
}

test('isInDoubt is saved until it is set to false', () => {
  const localStorage = storageOf({});
  vi.stubGlobal('localStorage', localStorage);
  const notes = new Notes(pageNotes);
  expect(notes.isInDoubt).toBe(false);
  notes.isInDoubt = true;
  expect(new Notes(pageNotes).isInDoubt).toBe(true);
  expect(notes.owners()).toEqual([]);
  notes.isInDoubt = false;
  expect({ ...localStorage }).toEqual({});
});

test('removing a note that a page handed to a worker is reported once', () => {
  const removed: string[] = [];
  const handed = new HandedNotes(
    (key) => removed.push(key),
    () => {},
  );
  const notes = new Notes(handed);
  notes.save(batch);
  expect(notes.of('abc')).toEqual([batch]);
  notes.remove(batch);
  notes.remove(batch);
  expect(removed).toEqual(['webtrack abc 7.1']);
  expect(notes.owners()).toEqual([]);
});
