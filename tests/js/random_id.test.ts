// Ids that no two trackers or visitors share.
import { afterEach, expect, test, vi } from 'vitest';
import { quickId, secretId } from '../../js/src/random_id.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Stubs `crypto` as in a page without TLS, with these random numbers. */
function cryptoOf(...numbers: number[]) {
  vi.stubGlobal('crypto', {
    getRandomValues(values: Uint32Array) {
      values.set(numbers);
      return values;
    },
  });
}

test.each([
  ['a quick id', quickId, /^[0-9a-z]{14,20}$/],
  ['a secret id', secretId, /^[0-9a-z]{6,14}$/],
])('%s has enough letters and digits, and 5,000 of them differ', (_, make, form) => {
  const made = Array.from({ length: 5_000 }, make);
  expect(made.filter((one) => !form.test(one))).toEqual([]);
  expect(new Set(made).size).toBe(5_000);
});

test('each place of a quick id takes all letters and digits', () => {
  const ids = Array.from({ length: 5_000 }, quickId).filter(({ length }) => length === 20);
  for (const place of [0, 5, 10, 15]) {
    expect(new Set(ids.map((id) => id[place])).size).toBe(36);
  }
});

test('a quick id has ten characters of each of two random numbers', () => {
  vi.spyOn(Math, 'random').mockReturnValueOnce(0.123456789).mockReturnValueOnce(0.987654321);
  expect(quickId()).toBe('4fzzzxjylrzk00000ytu');
});

test('a random number close to 0 or 1 makes a quick id of full length, too', () => {
  vi.spyOn(Math, 'random')
    .mockReturnValueOnce(2 ** -52)
    .mockReturnValueOnce(1 - 2 ** -53);
  expect(quickId()).toBe('0000000000zzzzzzzzzz');
});

test('a quick id needs no crypto', () => {
  vi.stubGlobal('crypto', undefined);
  expect(quickId()).toMatch(/^[0-9a-z]{14,20}$/);
});

test.each([
  [[0xffffffff, 0xffffffff], '1z141z31z141z3'],
  [[36, 35], '10z'],
  [[0, 0], '00'],
])('a secret id is made of two random numbers: %o is %s', (numbers, id) => {
  cryptoOf(...numbers);
  expect(secretId()).toBe(id);
});
