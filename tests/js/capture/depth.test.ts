// How far down a document was seen, with elements whose positions the test sets.
import { afterEach, expect, test, vi } from 'vitest';
import { watchDepth } from '../../../js/src/capture/depth.ts';

afterEach(() => vi.unstubAllGlobals());

/** Top and bottom of an element, from the top of the viewport. */
type Place = readonly [top: number, bottom: number];
type FakeElement = { place: Place; previousElementSibling: FakeElement | null };
type Entry = {
  target: FakeElement;
  rootBounds: { top: number; bottom: number; height: number } | null;
  boundingClientRect: { top: number; bottom: number; height: number };
};

const rectOf = ([top, bottom]: Place) => ({ top, bottom, height: bottom - top });

const elementAt = (place: Place): FakeElement => ({ place, previousElementSibling: null });

/** The last one of a row of elements at these places. */
function lastOf(places: readonly Place[]): FakeElement | null {
  let last: FakeElement | null = null;
  for (const place of places) last = { place, previousElementSibling: last };
  return last;
}

interface Layout {
  root: Place;
  /** null: the document has no body yet. */
  body?: Place | null;
  /** The children of the body. */
  children?: readonly Place[];
  /** Height of the viewport. null: a frame of another origin, whose browser does not tell it. */
  viewport?: number | null;
}

/** Stubs a document with this layout, and the observers of the browser. `layOut` reports what is observed. */
function pageWith({ root, body = root, children = [], viewport = 1_000 }: Layout) {
  const documentElement = elementAt(root);
  const bodyElement = body && { ...elementAt(body), lastElementChild: lastOf(children) };
  vi.stubGlobal('document', { documentElement, body: bodyElement });
  const made: IntersectionObserver[] = [];
  class IntersectionObserver {
    readonly observed = new Set<FakeElement>();
    calls = 0;
    readonly callback: (entries: Entry[]) => void;

    constructor(callback: (entries: Entry[]) => void) {
      this.callback = callback;
      made.push(this);
    }

    observe(element: FakeElement): void {
      this.calls++;
      this.observed.add(element);
    }

    disconnect(): void {
      this.observed.clear();
    }
  }
  vi.stubGlobal('IntersectionObserver', IntersectionObserver);
  const rootBounds = viewport === null ? null : rectOf([0, viewport]);
  /** Returns the places of what was observed. */
  const layOut = () => {
    const places: Place[] = [];
    for (const { observed, callback } of made) {
      const entries = [...observed].map((target): Entry => {
        places.push(target.place);
        return { target, rootBounds, boundingClientRect: rectOf(target.place) };
      });
      if (entries.length > 0) callback(entries);
    }
    return places;
  };
  return { made, layOut, documentElement };
}

/** What one measurement of this layout tells. */
function measured(layout: Layout) {
  const { layOut } = pageWith(layout);
  const told: [percent: number, atTop: boolean][] = [];
  watchDepth((...each) => told.push(each)).measure();
  expect(told).toEqual([]);
  layOut();
  return told;
}

test.each<[string, Layout, number, boolean]>([
  ['at its top', { root: [0, 4_000] }, 25, true],
  ['scrolled to its half', { root: [-1_000, 3_000] }, 50, false],
  ['scrolled to its end', { root: [-3_000, 1_000] }, 100, false],
  ['scrolled by a pixel', { root: [-1, 3_999] }, 25, false],
  ['whose depth is no whole number', { root: [0, 3_000] }, 33, true],
  ['pulled down beyond its top', { root: [80, 4_080] }, 23, true],
  ['pulled up beyond its end', { root: [-3_100, 900] }, 100, false],
  ['shorter than the viewport', { root: [0, 400] }, 100, true],
  ['as high as the viewport', { root: [0, 1_000] }, 100, true],
  ['without a body', { root: [0, 2_000], body: null }, 50, true],
])('a document %s', (_, layout, percent, atTop) => {
  expect(measured(layout)).toEqual([[percent, atTop]]);
});

test.each<[string, Layout, number, boolean]>([
  ['the body flows out of a root of full height', { root: [0, 1_000], body: [0, 5_000] }, 20, true],
  [
    'children flow out of root and body',
    {
      root: [0, 1_000],
      children: [
        [0, 1_000],
        [1_000, 4_000],
      ],
    },
    25,
    true,
  ],
  [
    'children flow out of them, and the document is scrolled',
    { root: [-1_000, 0], children: [[-1_000, 3_000]] },
    50,
    false,
  ],
  [
    'the last elements have no size, such as scripts',
    {
      root: [0, 1_000],
      children: [
        [0, 2_000],
        [0, 0],
        [0, 0],
      ],
    },
    50,
    true,
  ],
  [
    'an element below a higher root is fixed, or lies elsewhere',
    { root: [-1_000, 3_000], children: [[900, 9_000]] },
    50,
    false,
  ],
])('the depth is right where %s', (_, layout, percent, atTop) => {
  expect(measured(layout)).toEqual([[percent, atTop]]);
});

test.each<[string, Layout]>([
  ['a frame of another origin, which does not know its viewport', { root: [0, 1], viewport: null }],
  ['a document that is not laid out', { root: [0, 0] }],
])('%s tells no depth', (_, layout) => {
  expect(measured(layout)).toEqual([]);
});

test('root, body and the last eight elements are observed, not all of a long document', () => {
  const children = Array.from({ length: 50 }, (_, n): Place => [n, n + 1]);
  const { layOut } = pageWith({ root: [0, 900], body: [0, 800], children });
  watchDepth(() => {}).measure();
  const last = children.slice(-8).reverse();
  expect(layOut()).toEqual([[0, 900], [0, 800], ...last]);
});

test('several measurements before a layout give one result, and later ones are told again', () => {
  const { layOut, documentElement, made } = pageWith({ root: [0, 4_000] });
  const told: number[] = [];
  const depth = watchDepth((percent) => told.push(percent));
  expect(made).toHaveLength(0);
  for (let times = 0; times < 3; times++) depth.measure();
  // Root and body, once each.
  expect(made.map(({ calls }) => calls)).toEqual([2]);
  layOut();
  expect(told).toEqual([25]);
  // Nothing is observed any more.
  expect(layOut()).toEqual([]);
  documentElement.place = [-1_000, 3_000];
  depth.measure();
  layOut();
  expect(told).toEqual([25, 50]);
  expect(made).toHaveLength(1);
});

test('after a layout that told nothing the next measurement works', () => {
  const { layOut, documentElement } = pageWith({ root: [0, 0], body: [0, 0] });
  const told: number[] = [];
  const depth = watchDepth((percent) => told.push(percent));
  depth.measure();
  layOut();
  documentElement.place = [0, 2_000];
  depth.measure();
  layOut();
  expect(told).toEqual([50]);
});

test('after the end no depth is told, and an end without a measurement does nothing', () => {
  const { layOut, made } = pageWith({ root: [0, 4_000] });
  const told: number[] = [];
  const depth = watchDepth((percent) => told.push(percent));
  depth.end();
  expect(made).toHaveLength(0);
  depth.measure();
  depth.end();
  expect(layOut()).toEqual([]);
  expect(told).toEqual([]);
});

test('a browser without observers tells no depth', () => {
  pageWith({ root: [0, 4_000] });
  vi.stubGlobal('IntersectionObserver', undefined);
  const told: number[] = [];
  const depth = watchDepth((percent) => told.push(percent));
  depth.measure();
  depth.end();
  expect(told).toEqual([]);
});
