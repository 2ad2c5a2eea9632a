// Which batches count as delivered when a page ends before it hears the answer.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Exits } from '../../../../js/src/engine/delivery/exits.ts';
import type { ExitPolicy } from '../../../../js/src/types.ts';
import { namesOf, storedBatch } from '../batch_fixture.ts';

let notes: { isInDoubt: boolean };
let exits: Exits;

beforeEach(() => {
  vi.stubGlobal('navigator', { onLine: true });
  notes = { isInDoubt: false };
  exits = new Exits(notes);
});

afterEach(() => vi.unstubAllGlobals());

const [zero, one, two] = [
  storedBatch({ number: 0 }),
  storedBatch({ number: 1 }),
  storedBatch({ number: 2 }),
];

test.each<[string, ExitPolicy, boolean, object | undefined, boolean]>([
  ['counts as delivered with exit "once"', 'once', false, { onLine: true }, true],
  ['never counts as delivered with exit "certain"', 'certain', false, { onLine: true }, false],
  ['does not count after a failure', 'once', true, { onLine: true }, false],
  ['does not count if the browser is offline', 'once', false, { onLine: false }, false],
  ['counts if the browser does not say whether it is online', 'once', false, {}, true],
  ['counts where there is no navigator', 'once', false, undefined, true],
])('a request without an answer %s', (_, policy, isInDoubt, navigator, expected) => {
  vi.stubGlobal('navigator', navigator);
  notes.isInDoubt = isInDoubt;
  exits.policy = policy;
  expect(exits.isTrusted).toBe(expected);
  exits.sent(zero);
  expect(namesOf(exits.assumeDelivered())).toEqual(expected ? ['0'] : []);
  expect(exits.answered(zero)).toBe(expected);
});

test('the policy is "once" unless somebody sets another', () => {
  expect(exits.policy).toBe('once');
});

test('only batches without an answer count as delivered, in the order in which they were sent', () => {
  for (const batch of [two, one, zero]) exits.sent(batch);
  expect(exits.answered(one)).toBe(false);
  expect(exits.assumeDelivered()).toEqual([two, zero]);
});

test('a batch counts as delivered once, although it was sent twice and the page ended twice', () => {
  exits.sent(zero);
  exits.sent(zero);
  expect(exits.assumeDelivered()).toEqual([zero]);
  expect(exits.assumeDelivered()).toEqual([]);
});

test('the late answer to a batch that counted as delivered is recognized once', () => {
  exits.sent(zero);
  exits.assumeDelivered();
  expect(exits.answered(one)).toBe(false);
  expect(exits.answered(zero)).toBe(true);
  expect(exits.answered(zero)).toBe(false);
});

test('a batch that was in doubt when the page ended still waits for its answer', () => {
  exits.sent(zero);
  notes.isInDoubt = true;
  expect(exits.assumeDelivered()).toEqual([]);
  notes.isInDoubt = false;
  expect(exits.assumeDelivered()).toEqual([zero]);
});

test('a piece of a batch is another batch', () => {
  const piece = storedBatch({ number: 0, part: '.0' });
  exits.sent(zero);
  exits.sent(piece);
  exits.answered(zero);
  expect(exits.assumeDelivered()).toEqual([piece]);
});

test('a beacon is remembered by the id of its batch', () => {
  exits.beaconed(one);
  expect(exits.isBeaconed({ ...one, body: new Uint8Array(5) })).toBe(true);
  expect(exits.isBeaconed(two)).toBe(false);
  expect(exits.isBeaconed({ ...one, part: '.0' })).toBe(false);
  expect(exits.isBeaconed({ ...one, tracker: 'other' })).toBe(false);
  expect(exits.assumeDelivered()).toEqual([]);
});
