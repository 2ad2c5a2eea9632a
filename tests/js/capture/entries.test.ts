// Entries of the performance timeline, in a fake browser that knows some types.
import { afterEach, expect, test, vi } from 'vitest';
import { hasEntries, onEntries, timeOf } from '../../../js/src/capture/entries.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Stubs a browser with these types of entries. `report` hands entries to all observers of the type. */
function browserWith(...types: string[]) {
  const observers = new Set<PerformanceObserver>();
  const observed: PerformanceObserverInit[] = [];
  const callbacks = new Map<string | undefined, ((entries: PerformanceEntry[]) => void)[]>();
  class PerformanceObserver {
    static readonly supportedEntryTypes = types;
    readonly #callback: (list: { getEntries(): PerformanceEntry[] }) => void;

    constructor(callback: (list: { getEntries(): PerformanceEntry[] }) => void) {
      this.#callback = callback;
    }

    observe(options: PerformanceObserverInit): void {
      observed.push(options);
      observers.add(this);
      const report = (entries: PerformanceEntry[]) => {
        if (observers.has(this)) this.#callback({ getEntries: () => entries });
      };
      callbacks.set(options.type, [...(callbacks.get(options.type) ?? []), report]);
    }

    disconnect(): void {
      observers.delete(this);
    }
  }
  vi.stubGlobal('PerformanceObserver', PerformanceObserver);
  const report = (type: string, ...names: string[]) => {
    const entries = names.map((name) => ({ name }) as PerformanceEntry);
    for (const callback of callbacks.get(type) ?? []) callback(entries);
  };
  return { observed, observers, report };
}

test('a browser has entries of the types that it names', () => {
  browserWith('resource', 'longtask');
  expect(['resource', 'longtask', 'long', 'event'].map(hasEntries)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  ['without observers', undefined],
  ['whose observers name no types', class {}],
])('a browser %s has no entries, and none are listened to', (_, observer) => {
  vi.stubGlobal('PerformanceObserver', observer);
  expect(hasEntries('resource')).toBe(false);
  const listener = vi.fn();
  expect(onEntries('resource', listener)()).toBeUndefined();
  expect(listener).not.toHaveBeenCalled();
});

test('a type that the browser does not name is not observed', () => {
  const { observed } = browserWith('resource');
  expect(onEntries('longtask', () => {})()).toBeUndefined();
  expect(observed).toEqual([]);
});

test('by default earlier entries are asked for, too', () => {
  const { observed } = browserWith('resource', 'event');
  onEntries('resource', () => {});
  onEntries('event', () => {}, { durationThreshold: 40 });
  onEntries('event', () => {}, { buffered: false });
  expect(observed).toEqual([
    { type: 'resource', buffered: true },
    { type: 'event', buffered: true, durationThreshold: 40 },
    { type: 'event', buffered: false },
  ]);
});

test('the listener gets each entry of its type in turn, until it is stopped', () => {
  const { report, observers } = browserWith('resource', 'event');
  const names: string[] = [];
  const stop = onEntries('resource', ({ name }) => names.push(name));
  report('resource', 'a', 'b');
  report('event', 'other');
  report('resource', 'c');
  expect(names).toEqual(['a', 'b', 'c']);
  stop();
  report('resource', 'd');
  expect(names).toEqual(['a', 'b', 'c']);
  expect(observers.size).toBe(0);
});

test('an entry for which the listener throws is skipped, and the next ones are not', () => {
  const { report } = browserWith('resource');
  const names: string[] = [];
  onEntries('resource', ({ name }) => {
    if (name === 'odd') throw new Error('an odd entry');
    names.push(name);
  });
  expect(() => report('resource', 'a', 'odd', 'b')).not.toThrow();
  report('resource', 'c');
  expect(names).toEqual(['a', 'b', 'c']);
});

test('stopping one listener leaves another one of the same type', () => {
  const { report } = browserWith('resource');
  const names: string[] = [];
  const stop = onEntries('resource', ({ name }) => names.push(`one ${name}`));
  onEntries('resource', ({ name }) => names.push(`two ${name}`));
  stop();
  report('resource', 'a');
  expect(names).toEqual(['two a']);
});

test.each([
  [0, 1_700_000_000_000],
  [250.4, 1_700_000_000_250],
  [250.6, 1_700_000_000_251],
  [60_000, 1_700_000_060_000],
])('the time %d of the timeline is %d in epoch milliseconds', (startTime, time) => {
  vi.spyOn(Date, 'now').mockReturnValue(1_700_000_005_000);
  vi.spyOn(performance, 'now').mockReturnValue(5_000);
  expect(timeOf(startTime)).toBe(time);
});

test('after the clock was set, times follow the clock that events get', () => {
  vi.spyOn(performance, 'now').mockReturnValue(5_000);
  const now = vi.spyOn(Date, 'now').mockReturnValue(1_700_000_005_000);
  expect(timeOf(4_000)).toBe(1_700_000_004_000);
  now.mockReturnValue(1_700_003_605_000);
  expect(timeOf(4_000)).toBe(1_700_003_604_000);
});
