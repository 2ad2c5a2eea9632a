// Which keys of localStorage are taken for notes; the browser tests show what is in them.
import { afterEach, expect, test, vi } from 'vitest';
import { noted, notesOf } from '../../js/src/journal.ts';

afterEach(() => vi.unstubAllGlobals());

test('what is no note is left alone', () => {
  const others = {
    'webtrack identity': 'a/b///5',
    'webtrack identity of another version': '',
    webtrack: '',
    'my webtrack abc 0': '',
  };
  const localStorage = Object.create(
    { removeItem: (key: string) => delete localStorage[key] },
    Object.getOwnPropertyDescriptors({ ...others, 'webtrack abc 0.1': 'damaged' }),
  );
  vi.stubGlobal('localStorage', localStorage);
  expect(noted()).toEqual(['abc']);
  for (const tracker of ['abc', 'identity']) expect(notesOf(tracker)).toEqual([]);
  expect({ ...localStorage }).toEqual(others);
});
