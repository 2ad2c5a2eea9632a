// Texts that are cut, and texts with halves of characters.
import { expect, test } from 'vitest';
import { cut, wellFormed } from '../../js/src/text.ts';

test.each([
  ['short', 'abc', 5, 'abc'],
  ['just as long', 'abcde', 5, 'abcde'],
  ['longer', 'abcdef', 5, 'abcde'],
  ['with a character at the cut', 'abcd😀f', 5, 'abcd'],
  ['with a character before the cut', 'abc😀f', 5, 'abc😀'],
  ['empty', '', 5, ''],
])('a text that is %s is cut between characters', (_, text, length, kept) => {
  expect(cut(text, length)).toBe(kept);
});

test('a half of a character becomes U+FFFD, also in browsers without toWellFormed', () => {
  const text = 'a\ud83db\ude00c😀';
  expect(wellFormed(text)).toBe('a\ufffdb\ufffdc😀');
  const old = Object.assign(Object(text), { toWellFormed: undefined });
  expect(wellFormed(old)).toBe('a\ufffdb\ufffdc😀');
});
