// The events that every path gets: like those of a shop's pages, and the same in every run.

import type { TrackEvent } from '../../js/src/types.ts';

const PRODUCTS = ['Teapot "Moon"', 'Gaiwan 盖碗', 'Oolong, 100 g', 'Porcelain cup', 'Tea towel'];
const TERMS = ['green tea', '茶壶', 'gift set', 'matcha'];
const PAGES = ['/', '/search', '/product/1042', '/product/2077', '/cart', '/checkout'];
const SHOP = 'https://shop.example.com';
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

/**
 * Makes `count` events of about 600 bytes of JSON, each with texts, numbers, a boolean and an object. About every fifth
 * has Chinese in it; with `ascii` none has.
 */
export function makeEvents(count: number, ascii: boolean): TrackEvent[] {
  const random = randomNumbers(42);
  const below = (bound: number) => Math.floor(random() * bound);
  const oneOf = (list: readonly string[]) => list[below(list.length)] as string;
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => below(16).toString(16)).join('');
  const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-');

  const kinds = [
    () => ({ event: 'page_view', load_ms: below(4000) / 10, from_cache: below(2) === 0 }),
    () => ({ event: 'click', target: `main > ul > li:nth-child(${below(9)}) > a.card` }),
    () => ({ event: 'search', term: oneOf(TERMS), results: below(60) }),
    () => ({ event: 'add_to_cart', product: oneOf(PRODUCTS), price: below(9000) / 100 }),
    () => ({ event: 'scroll', depth: below(101), seconds: below(900) / 10 }),
    () => ({ event: 'error', message: `price of undefined\n    at cart.js:${below(400)}:17` }),
  ];
  // Values that all events of a page share, as a page holds them only once.
  const page = flat({
    visitor: uuid(),
    session: uuid(),
    language: 'zh-CN',
    user_agent: USER_AGENT,
  });
  return Array.from({ length: count }, (_, index) => {
    const event = {
      ...(kinds[below(kinds.length)] as () => object)(),
      ts: 1_764_000_000_000 + index * 731 + below(700),
      url: `${SHOP}${oneOf(PAGES)}?utm_source=newsletter&utm_campaign=${hex(8)}`,
      referrer: `${SHOP}${oneOf(PAGES)}?from=${hex(6)}`,
      title: `${oneOf(PRODUCTS)} | Leaf & Cup`,
      visible: below(10) !== 0,
      viewport: { width: 1280, height: 720, ratio: 1.5, orientation: 'landscape' },
    };
    return { ...flat(event, ascii), ...page };
  });
}

// Copies through JSON, so that strings are flat: V8 flattens a concatenated string when it is first read, and only the
// first path would pay for that.
function flat<T>(value: T, ascii = false): T {
  const json = JSON.stringify(value);
  return JSON.parse(ascii ? json.replace(/[^ -~]/g, '?') : json);
}

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
