// What is a note, in localStorage and in a worker; the browser tests show what becomes of them.
import { afterEach, expect, test, vi } from 'vitest';
import { HandedNotes, Notes, noteKeyOf } from '../../js/src/engine/notes.ts';
import type { StoredBatch } from '../../js/src/engine/types.ts';
import { pageNotes } from '../../js/src/recorder/page_notes.ts';

afterEach(() => vi.unstubAllGlobals());

/** A storage that holds these items, with its methods out of the way as a browser has them. */
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

test('what is no note is left alone', () => {
  const others = {
    'webtrack identity': 'a/b///5',
    'webtrack identity of another version': '',
    webtrack: '',
    'my webtrack abc 0': '',
  };
  const localStorage = storageOf({ ...others, 'webtrack abc 0.1': 'damaged' });
  vi.stubGlobal('localStorage', localStorage);
  const notes = new Notes(pageNotes);
  expect(notes.trackers()).toEqual(['abc']);
  for (const tracker of ['abc', 'identity']) expect(notes.of(tracker)).toEqual([]);
  expect({ ...localStorage }).toEqual(others);
});

test('a batch is read as it was saved, and removed', () => {
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

test("a recorder's note is its JSON", () => {
  vi.stubGlobal('localStorage', storageOf({}));
  const { body, rawBytes, encoding, ...rest } = batch;
  const json = '{"__logs__":[{"event":"茶"}]}';
  pageNotes.set(noteKeyOf(batch), JSON.stringify({ ...rest, json }));
  const [found] = new Notes(pageNotes).of('abc');
  expect(new TextDecoder().decode(found?.body)).toBe(json);
  expect(found).toMatchObject({ ...rest, encoding: 'plain', rawBytes: found?.body.length });
});

test.each<[string, object]>([
  ['another key', { number: 8 }],
  ['no time', { time: 0 }],
  ['no address', { url: '' }],
  ['no body', { body: '' }],
])('a note of %s is damaged, and goes', (_, change) => {
  const localStorage = storageOf({
    'webtrack abc 7.1': JSON.stringify({ ...batch, body: 'x', ...change }),
  });
  vi.stubGlobal('localStorage', localStorage);
  expect(new Notes(pageNotes).of('abc')).toEqual([]);
  expect({ ...localStorage }).toEqual({});
});

test('a note that says its batch is delivered has no body', () => {
  vi.stubGlobal('localStorage', storageOf({}));
  const notes = new Notes(pageNotes);
  const delivered = { ...batch, body: new Uint8Array(), delivered: true };
  notes.save(delivered);
  expect(notes.of('abc')).toEqual([delivered]);
});

test('a browser without localStorage, or one that refuses it, has no notes', () => {
  for (const get of [() => undefined, () => denied()]) {
    Object.defineProperty(globalThis, 'localStorage', { configurable: true, get });
    const notes = new Notes(pageNotes);
    notes.save(batch);
    notes.isInDoubt = true;
    expect(notes.isInDoubt).toBe(false);
    expect(notes.trackers()).toEqual([]);
    Reflect.deleteProperty(globalThis, 'localStorage');
  }
});

function denied(): never {
  throw new Error('denied');
}

test('doubt is kept until it is over', () => {
  const localStorage = storageOf({});
  vi.stubGlobal('localStorage', localStorage);
  const notes = new Notes(pageNotes);
  expect(notes.isInDoubt).toBe(false);
  notes.isInDoubt = true;
  expect(new Notes(pageNotes).isInDoubt).toBe(true);
  expect(notes.trackers()).toEqual([]);
  notes.isInDoubt = false;
  expect({ ...localStorage }).toEqual({});
});

test('notes that pages hand to a worker are told once, as they are removed', () => {
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
  expect(notes.trackers()).toEqual([]);
});
