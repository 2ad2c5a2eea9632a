// Keeps notes in localStorage: what a page saves synchronously as it is left. See engine/notes.ts.

import { NOTE_KEY, type NoteStorage } from '../engine/notes.ts';
import { ignoreErrors } from '../ignore_errors.ts';

/** Key that is set while the endpoint's last answer was a failure. */
const DOUBT = 'webtrack doubt';

// The browser may refuse storage, or have no room left.
export const pageNotes: NoteStorage & { has(key: string): boolean } = {
  entries: () =>
    ignoreErrors(() => {
      const { localStorage } = globalThis;
      // The page's own values may be large: read none of them.
      const keys = Object.keys(localStorage).filter((key) => NOTE_KEY.test(key));
      // Some pages replace `getItem`, so read the property.
      return keys.map((key): [string, string] => [key, localStorage[key] ?? '']);
    }) ?? [],
  has: (key) => Boolean(ignoreErrors(() => globalThis.localStorage.getItem(key))),
  set: (key, text) =>
    ignoreErrors(() => {
      globalThis.localStorage.setItem(key, text);
      return true;
    }) ?? false,
  remove: (key) => ignoreErrors(() => globalThis.localStorage.removeItem(key)),

  get isInDoubt() {
    return pageNotes.has(DOUBT);
  },

  set isInDoubt(isInDoubt) {
    if (isInDoubt) pageNotes.set(DOUBT, '1');
    else pageNotes.remove(DOUBT);
  },
};
