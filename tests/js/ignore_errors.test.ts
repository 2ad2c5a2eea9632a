// Calls whose errors must not surface as errors of the page.
import { expect, test, vi } from 'vitest';
import { ignoreErrors } from '../../js/src/ignore_errors.ts';

test.each([5, 0, '', null, undefined, false])('the result %o is passed on', (result) => {
  expect(ignoreErrors(() => result)).toBe(result);
});

test('the work is done once, before the call returns', () => {
  const work = vi.fn(() => ['done']);
  expect(ignoreErrors(work)).toEqual(['done']);
  expect(work.mock.calls).toEqual([[]]);
});

test.each([new TypeError('a mistake'), 'a text', null, undefined])(
  'work that throws %o has no result',
  (thrown) => {
    const run = (): number => {
      throw thrown;
    };
    expect(ignoreErrors(run)).toBeUndefined();
  },
);
