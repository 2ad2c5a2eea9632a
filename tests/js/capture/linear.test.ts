// Texts that others choose, such as the stack of an error: work on them must take time in proportion to their length.
import { afterEach, expect, test, vi } from 'vitest';
import { withoutSecrets } from '../../../js/src/capture/message.ts';
import { placeOf, stackOf } from '../../../js/src/capture/stack.ts';
import { Screen } from '../../../js/src/recorder/screen.ts';

afterEach(() => vi.restoreAllMocks());

const scrub = (address: string) => {
  const rules = {
    urlParams: ['utm_source'],
    mask: [],
    sampleRate: 1,
    rateLimit: Number.POSITIVE_INFINITY,
    beforeSend: undefined,
  };
  return new Screen(rules, () => {}).admit(['page_url', address]);
};

/** Texts that made an expression of some tracker take quadratic time, as one part that repeats. */
const PARTS = [
  '@',
  ' [as ]',
  '(',
  '/',
  '//',
  ':1',
  ':1:1',
  'eval at (',
  ' line 1',
  '?',
  '#',
  '&',
  'a=',
  'file:///',
  '[src=',
  ' at ',
  ': ',
  '\r',
  '\n    at ',
  '\n@',
  'someone@shop.example, ',
  '@media(max-width:90px){.a:hover{color:#123}}',
  '%20',
  '\t',
];

const WORK: Record<string, (text: string) => unknown> = {
  'a stack': (text) => stackOf(`Error: x\n    at f (${text}`, 'x'),
  'a stack of Firefox': (text) => stackOf(`f@${text}`, ''),
  'a stack and a message that begins otherwise': (text) =>
    stackOf(text, `b${text.slice(0, 50_000)}`),
  'a stack and a message that ends otherwise': (text) => stackOf(text, `${text.slice(0, 50_000)}b`),
  'a place': (text) => placeOf(text.slice(0, 2_000)),
  'a message': (text) => withoutSecrets(text.slice(0, 2_000)),
  'an address': scrub,
  'an address with a scheme': (text) => scrub(`https://${text}`),
};

/** Shortest time of several runs, in milliseconds: other work on the machine only adds to it. */
function fastest(work: () => unknown): number {
  const times = [1, 2, 3, 4, 5].map(() => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}

/** What a quadratic expression takes for such a text is 16 times as much for four times the text. */
const GROWTH = 10;
/** Below this a time says nothing. */
const LEAST_MS = 2;

test.each(Object.keys(WORK))(
  '%s of four times the length takes about four times as long',
  (name) => {
    const run = WORK[name] as (text: string) => unknown;
    const slow = PARTS.filter((part) => {
      const short = part.repeat(25_000 / part.length);
      const before = fastest(() => run(short));
      const after = fastest(() => run(short.repeat(4)));
      return after > Math.max(LEAST_MS, before) * GROWTH;
    });
    expect(slow).toEqual([]);
  },
);
