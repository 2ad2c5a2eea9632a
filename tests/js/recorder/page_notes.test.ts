// Notes in localStorage, which a browser may refuse, and which the page shares with other code.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pageNotes } from '../../../js/src/recorder/page_notes.ts';

beforeEach(() => {
  // So that the tests may also define it in other ways.
  vi.stubGlobal('localStorage', undefined);
});

afterEach(() => vi.unstubAllGlobals());

/** Stubs a localStorage with these items and room for `room` characters. */
function storageOf(items: Record<string, string>, room = 1_000): Record<string, string> {
  const size = () => Object.entries(storage).flat().join('').length;
  const storage: Record<string, string> = Object.create(
    {
      getItem: (key: string) => storage[key] ?? null,
      setItem(key: string, text: string) {
        const rest = room - size() + (key in storage ? `${key}${storage[key]}`.length : 0);
        if (key.length + text.length > rest) throw new DOMException('', 'QuotaExceededError');
        storage[key] = text;
      },
      removeItem: (key: string) => delete storage[key],
    },
    Object.getOwnPropertyDescriptors(items),
  );
  vi.stubGlobal('localStorage', storage);
  return storage;
}

test('a note is stored under its key, replaced, and removed', () => {
  const storage = storageOf({});
  pageNotes.set('webtrack abc 0', 'one');
  pageNotes.set('webtrack abc 1.2', 'two');
  pageNotes.set('webtrack abc 0', 'three');
  expect({ ...storage }).toEqual({ 'webtrack abc 0': 'three', 'webtrack abc 1.2': 'two' });
  expect(pageNotes.entries()).toEqual([
    ['webtrack abc 0', 'three'],
    ['webtrack abc 1.2', 'two'],
  ]);
  pageNotes.remove('webtrack abc 0');
  pageNotes.remove('webtrack abc 5');
  expect(pageNotes.entries()).toEqual([['webtrack abc 1.2', 'two']]);
});

test('entries are notes alone, whatever else the page and the library keep', () => {
  const notes = { 'webtrack abc 0': '', 'webtrack k3 12.1': 'damaged', 'webtrack a 7x': '{}' };
  storageOf({
    'webtrack doubt': '1',
    'webtrack identity': 'a/b///5',
    'webtrack identity of 2': 'x',
    'webtrack  0': 'x',
    'webtrack abc': 'x',
    'webtrack abc x0': 'x',
    webtrack: 'x',
    'Webtrack abc 0': 'x',
    'my webtrack abc 0': 'x',
    '': 'x',
    0: 'x',
    ...notes,
  });
  expect(Object.fromEntries(pageNotes.entries())).toEqual(notes);
});

test('doubt is kept for the next page under a key of its own, and is no note', () => {
  const storage = storageOf({ other: 'kept' });
  expect(pageNotes.isInDoubt).toBe(false);
  pageNotes.isInDoubt = true;
  expect({ ...storage }).toEqual({ other: 'kept', 'webtrack doubt': '1' });
  expect(pageNotes.isInDoubt).toBe(true);
  expect(pageNotes.entries()).toEqual([]);
  pageNotes.isInDoubt = false;
  expect(pageNotes.isInDoubt).toBe(false);
  expect({ ...storage }).toEqual({ other: 'kept' });
});

test.each([
  ['1', true],
  ['yes', true],
  ['', false],
])('a page that finds %o as doubt is in doubt: %o', (text, isInDoubt) => {
  storageOf({ 'webtrack doubt': text });
  expect(pageNotes.isInDoubt).toBe(isInDoubt);
});

test('a full storage keeps what it has, and can be emptied', () => {
  const storage = storageOf({ 'webtrack abc 0': '0123456789' }, 30);
  pageNotes.set('webtrack abc 1', 'has no room');
  pageNotes.isInDoubt = true;
  expect({ ...storage }).toEqual({ 'webtrack abc 0': '0123456789' });
  expect(pageNotes.isInDoubt).toBe(false);
  pageNotes.remove('webtrack abc 0');
  pageNotes.set('webtrack abc 1', 'fits');
  expect(pageNotes.entries()).toEqual([['webtrack abc 1', 'fits']]);
});

/** Uses all of the storage once, and returns what it answers. */
function useAll() {
  pageNotes.set('webtrack abc 0', 'one');
  pageNotes.remove('webtrack abc 0');
  pageNotes.isInDoubt = true;
  const answers = { entries: pageNotes.entries(), isInDoubt: pageNotes.isInDoubt };
  pageNotes.isInDoubt = false;
  return answers;
}

test('a storage that the browser refuses to a sandboxed page is empty and not in doubt', () => {
  const asked = vi.fn(() => {
    throw new DOMException('The document is sandboxed', 'SecurityError');
  });
  Object.defineProperty(globalThis, 'localStorage', { get: asked, configurable: true });
  expect(useAll()).toEqual({ entries: [], isInDoubt: false });
  expect(asked).toHaveBeenCalledTimes(6);
});

test.each([null, undefined])(
  'a browser whose localStorage is %o is as one with an empty one',
  (localStorage) => {
    vi.stubGlobal('localStorage', localStorage);
    expect(useAll()).toEqual({ entries: [], isInDoubt: false });
  },
);

test('a storage whose methods throw still shows its notes', () => {
  const storage = storageOf({ 'webtrack abc 3': 'kept', 'webtrack doubt': '1' });
  const broken = () => {
    throw new Error('replaced by the page');
  };
  Object.assign(Object.getPrototypeOf(storage), {
    getItem: broken,
    setItem: broken,
    removeItem: broken,
  });
  expect(useAll()).toEqual({ entries: [['webtrack abc 3', 'kept']], isInDoubt: false });
});
