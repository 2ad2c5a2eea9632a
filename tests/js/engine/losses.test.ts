// The tag `dropped`: what a batcher lost so far.
import { expect, test } from 'vitest';
import { Losses } from '../../../js/src/engine/losses.ts';

test('the tag is empty until something is lost', () => {
  const losses = new Losses();
  expect(losses.tag).toBe('');
  losses.add('rejected', 0);
  expect(losses.tag).toBe('');
});

test('the tag has the total of each reason, in the order in which they first occurred', () => {
  const losses = new Losses();
  losses.add('rejected', 2);
  losses.add('expired', 1);
  losses.add('rejected', 40);
  expect(losses.tag).toBe('rejected:42,expired:1');
});

test('a loss of no events adds nothing to its total', () => {
  const losses = new Losses();
  losses.add('too_large', 3);
  losses.add('too_large', 0);
  expect(losses.tag).toBe('too_large:3');
});
