// The browser's own classes and functions, on pages that have others under their names.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const KEY = Symbol.for('webtrack 0.0.0 natives');
const shared = globalThis as { [KEY]?: object };
const forTests = shared[KEY];

beforeEach(() => {
  vi.resetModules();
  delete shared[KEY];
});

afterEach(() => {
  vi.unstubAllGlobals();
  if (forTests) shared[KEY] = forTests;
});

const load = () => import('../../js/src/natives.ts');

/** Stubs a document whose frames have a window of these globals. Returns the frames that are still in it. */
function frames(clean: object): Set<object> {
  const attached = new Set<object>();
  const createElement = () => {
    const frame = {
      hidden: false,
      get contentWindow() {
        return attached.has(frame) ? clean : null;
      },
      remove: () => attached.delete(frame),
    };
    return frame;
  };
  const documentElement = { append: (frame: object) => attached.add(frame) };
  vi.stubGlobal('document', { createElement, documentElement });
  return attached;
}

test('what a page replaces afterwards does not matter, nor for files that load later', async () => {
  const first = await load();
  vi.stubGlobal('Map', function OwnMap() {});
  vi.stubGlobal('setTimeout', () => expect.unreachable());
  vi.spyOn(JSON, 'stringify').mockReturnValue('changed');
  vi.resetModules();
  const later = await load();
  expect(later.Map).toBe(first.Map);
  expect(new later.Map([[1, 2]]).get(1)).toBe(2);
  expect(later.stringify([1])).toBe('[1]');
  vi.restoreAllMocks();
  await new Promise<void>((done) => later.setTimeout(done, 1));
});

test('a class that the page has replaced before comes from a new window, which is removed', async () => {
  class CleanMap {}
  Object.assign(CleanMap, { toString: undefined });
  const attached = frames({ Map: CleanMap, Set: expect.unreachable });
  vi.stubGlobal('Map', function OwnMap() {});
  const natives = await load();
  expect(natives.Map).toBe(CleanMap);
  expect(natives.Set).toBe(Set);
  expect(attached.size).toBe(0);
});

test('no window is made on a page that has replaced nothing', async () => {
  vi.stubGlobal('document', { createElement: () => expect.unreachable() });
  expect((await load()).Map).toBe(Map);
});

test('where there can be no window, the replaced class is used', async () => {
  function Own() {}
  vi.stubGlobal('WeakSet', Own);
  expect((await load()).WeakSet).toBe(Own);
});

describe('clocks', () => {
  test('the clock goes by the performance API', async () => {
    const { clock } = await load();
    expect(Math.abs(clock() - performance.now())).toBeLessThan(50);
  });

  test.each([
    ['a variable of the page', { score: 7 }],
    ['a shim that answers with the time of day', { now: () => Date.now() }],
    ['missing', undefined],
  ])('the clock goes by the times of events where performance is %s', async (_, performance) => {
    vi.stubGlobal('performance', performance);
    const { clock } = await load();
    expect(Math.abs(clock() - new Event('').timeStamp)).toBeLessThan(50);
  });

  test.each([
    ['a Date', () => new Date(1_700_000_000_000)],
    ['a fraction', () => 1_699_999_999_999.6],
  ])('the wall clock tells whole milliseconds where Date.now returns %s', async (_, now) => {
    vi.spyOn(Date, 'now').mockImplementation(now as () => number);
    const { wallClock } = await load();
    expect(wallClock()).toBe(1_700_000_000_000);
    vi.restoreAllMocks();
  });
});

test('zone.js does not see our timers', async () => {
  const own = setTimeout;
  vi.stubGlobal('Zone', { __symbol__: (name: string) => `zoned ${name}` });
  vi.stubGlobal('zoned setTimeout', own);
  vi.stubGlobal('setTimeout', own.bind(globalThis));
  expect((await load()).setTimeout).toBe(own);
});

describe('stringify', () => {
  const prototypes = [Object, Array, String, Number, Boolean].map(({ prototype }) => prototype);

  afterEach(() => {
    for (const prototype of prototypes) Reflect.deleteProperty(prototype, 'toJSON');
  });

  test('ignores a toJSON of built-in prototypes, and leaves it there', async () => {
    const toJSON = () => 'changed';
    for (const prototype of prototypes) Object.assign(prototype, { toJSON });
    const { stringify } = await load();
    expect(stringify({ list: [1, 'two', true], own: { toJSON: () => 3 } })).toBe(
      '{"list":[1,"two",true],"own":3}',
    );
    for (const prototype of prototypes) expect(prototype).toHaveProperty('toJSON', toJSON);
  });

  test('puts it back after an error', async () => {
    Object.assign(Array.prototype, { toJSON: () => 'changed' });
    const { stringify } = await load();
    expect(() => stringify(1n)).toThrow(TypeError);
    expect(Array.prototype).toHaveProperty('toJSON');
  });
});
