// Notes in localStorage: what a page saves at once as it goes, see engine/notes.ts.

import { NOTE_KEY, type NoteStorage } from '../engine/notes.ts';

const DOUBT = 'webtrack doubt';

export const pageNotes: NoteStorage = {
  entries: () =>
    quietly(() => Object.entries(localStorage).filter(([key]) => NOTE_KEY.test(key))) ?? [],
  set: (key, text) => quietly(() => localStorage.setItem(key, text)),
  remove: (key) => quietly(() => localStorage.removeItem(key)),

  get isInDoubt() {
    return Boolean(quietly(() => localStorage.getItem(DOUBT)));
  },

  set isInDoubt(isInDoubt) {
    if (isInDoubt) pageNotes.set(DOUBT, '1');
    else pageNotes.remove(DOUBT);
  },
};

// A browser may refuse storage, or have no room left.
function quietly<Answer>(run: () => Answer): Answer | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
