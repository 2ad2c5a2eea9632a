// The life cycle of a page, in the orders in which browsers fire its events.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type PageWatch, watchPage } from '../../../js/src/recorder/page.ts';
import { type DocumentState, FakeTarget, fakePage } from '../fake_page.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A watched page, and a log of what the watch told. A leave while the page ends is `leave for good`. */
function watched(state: Partial<DocumentState> = {}) {
  const page = fakePage(state);
  const log: string[] = [];
  const watch: PageWatch = watchPage({
    leave: (why) =>
      log.push(why === 'navigation' ? why : watch.ending ? 'leave for good' : 'leave'),
    show: () => log.push('show'),
    pause: () => log.push('pause'),
    resume: () => log.push('resume'),
    shown: () => log.push('shown'),
  });
  return { ...page, log, watch };
}

/** Lets the page hear events: `hidden`, `visible`, `pagehide`, `pageshow`. */
function play(page: ReturnType<typeof watched>, events: string): void {
  for (const event of events.split(' ')) {
    if (event === 'hidden' || event === 'visible') page.turn(event);
    else page.window.fire(event);
  }
}

test.each([
  ['another tab, and back', 'hidden visible', 'leave, show'],
  ['a link, in Chromium and Firefox', 'pagehide hidden', 'leave, pause, leave for good'],
  ['a closed tab that was hidden before', 'hidden pagehide', 'leave, leave for good, pause'],
  ['a link, in browsers that do not hide a page that ends', 'pagehide', 'leave, pause'],
  ['the load of a page', 'pageshow', ''],
  [
    'the back/forward cache, where the page is visible first',
    'pageshow pagehide hidden visible pageshow',
    'leave, pause, leave for good, show, resume',
  ],
  [
    'the back/forward cache, where the page is visible last',
    'pageshow pagehide hidden pageshow visible',
    'leave, pause, leave for good, resume, show',
  ],
  [
    'the back/forward cache, left from a hidden page',
    'hidden pagehide visible pageshow',
    'leave, leave for good, pause, show, resume',
  ],
  [
    'another tab after the back/forward cache',
    'pagehide hidden visible pageshow hidden',
    'leave, pause, leave for good, show, resume, leave',
  ],
  [
    'the back/forward cache twice',
    'pagehide pageshow pagehide pageshow pageshow',
    'leave, pause, resume, leave, pause, resume',
  ],
])('%s, which is %s: the tracker hears "%s"', (_, events, told) => {
  const page = watched();
  play(page, events);
  expect(page.log.join(', ')).toBe(told);
});

test('a page is hidden while the document is', () => {
  const { watch, turn } = watched();
  expect(watch.hidden).toBe(false);
  turn('hidden');
  expect(watch.hidden).toBe(true);
  turn('visible');
  expect(watch.hidden).toBe(false);
});

test('a page ends only while it is hidden and unloaded', () => {
  const page = watched();
  const endings: Record<string, boolean>[] = [];
  for (const event of ['hidden', 'visible', 'pagehide', 'hidden', 'pageshow', 'visible']) {
    play(page, event);
    endings.push({ [event]: page.watch.ending });
  }
  expect(endings).toEqual([
    { hidden: false },
    { visible: false },
    { pagehide: false },
    { hidden: true },
    { pageshow: false },
    { visible: false },
  ]);
});

test('the end is known before an earlier listener of the page records something', () => {
  const { window } = fakePage({ visibilityState: 'hidden' });
  const seen: boolean[] = [];
  window.addEventListener('pagehide', () => seen.push(watch.ending));
  const ignore = () => {};
  const events = { leave: ignore, show: ignore, pause: ignore, resume: ignore, shown: ignore };
  const watch = watchPage(events);
  window.fire('pagehide');
  expect(seen).toEqual([true]);
});

test('neither unload nor beforeunload is used, which would forbid the back/forward cache', () => {
  const { window } = watched();
  expect(window.types).toEqual(['pagehide', 'pagehide', 'pageshow']);
});

const another = { sameDocument: false };

test.each([
  ['to another document', ['navigation', 'leave'], { destination: another, downloadRequest: null }],
  ['in the document', [], { destination: { sameDocument: true }, downloadRequest: null }],
  ['to a download', [], { destination: another, downloadRequest: '' }],
  ['to a download with a name', [], { destination: another, downloadRequest: 'a.pdf' }],
  ['in a browser that does not tell downloads', [], { destination: another }],
  ['by an element with the name navigation', [], {}],
])('a navigation %s: the tracker soon hears %o', (_, told, event) => {
  const navigation = new FakeTarget();
  vi.stubGlobal('navigation', navigation);
  const { log } = watched();
  navigation.fire('navigate', event);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(told.slice(0, 1));
  vi.advanceTimersByTime(30);
  expect(log).toEqual(told);
});

test.each([
  ['that a router takes over', 'currententrychange', 0, []],
  ['that a router takes over late', 'currententrychange', 10, ['navigation']],
  ['that fails', 'navigateerror', 0, []],
])('a navigation %s is no end of the page', (_, type, after, told) => {
  const navigation = new FakeTarget();
  vi.stubGlobal('navigation', navigation);
  const { log } = watched();
  navigation.fire('navigate', { destination: another, downloadRequest: null });
  if (after > 0) vi.advanceTimersByTime(after);
  navigation.fire(type);
  vi.runAllTimers();
  expect(log).toEqual(told);
});

test.each([
  ['pagehide', ['navigation', 'leave for good', 'pause']],
  ['stop', ['navigation']],
])('a navigation that has not been reported at %s is not reported later', (end, told) => {
  const navigation = new FakeTarget();
  vi.stubGlobal('navigation', navigation);
  const { log, watch, window } = watched({ visibilityState: 'hidden' });
  navigation.fire('navigate', { destination: another, downloadRequest: null });
  vi.advanceTimersByTime(10);
  if (end === 'stop') watch.stop();
  else window.fire(end);
  vi.runAllTimers();
  expect(log).toEqual(told);
  if (end === 'stop') expect(navigation.types).toEqual([]);
});

test.each([['a text'], [null], [{ menu: [] }], [undefined]])(
  'a page with a variable navigation of its own (%o) is watched as any other',
  (navigation) => {
    vi.stubGlobal('navigation', navigation);
    const page = watched();
    play(page, 'hidden visible');
    page.watch.stop();
    expect(page.log).toEqual(['leave', 'show']);
  },
);

test('a prerendered page is shown once', () => {
  const { watch, document, log, turn } = watched({
    prerendering: true,
    visibilityState: 'hidden',
  });
  expect([watch.prerendered, watch.hidden]).toEqual([true, true]);
  document.prerendering = false;
  document.fire('prerenderingchange');
  expect(log).toEqual(['shown']);
  turn('visible');
  expect(log).toEqual(['shown', 'show']);
  expect([watch.prerendered, watch.hidden]).toEqual([false, false]);
});

test('a page that was not prerendered is never shown by the event', () => {
  const { document, log } = watched({ prerendering: false });
  document.fire('prerenderingchange');
  expect(log).toEqual([]);
});

test('in a browser without prerendering no page is prerendered', () => {
  expect(watched().watch.prerendered).toBe(false);
});

test('after stop() nothing is told, and no listener is left', () => {
  const navigation = new FakeTarget();
  vi.stubGlobal('navigation', navigation);
  const page = watched({ prerendering: true });
  expect(navigation.types).toEqual(['currententrychange', 'navigate', 'navigateerror']);
  page.watch.stop();
  play(page, 'hidden visible pagehide pageshow');
  page.document.fire('prerenderingchange');
  navigation.fire('navigate', { destination: { sameDocument: false }, downloadRequest: null });
  expect(page.log).toEqual([]);
  const targets = [page.window, page.document, navigation];
  expect(targets.flatMap(({ types }) => types)).toEqual([]);
});

const body = new Blob(['{}']);

test.each([true, false])('the browser takes a beacon, or not: %o', (isTaken) => {
  const sendBeacon = vi.fn(() => isTaken);
  vi.stubGlobal('navigator', { sendBeacon });
  expect(watched().watch.beacon('https://log.example.com/', body)).toBe(isTaken);
  expect(sendBeacon.mock.calls).toEqual([['https://log.example.com/', body]]);
});

test.each([
  [
    'a browser that throws',
    () => {
      throw new TypeError('blocked');
    },
  ],
  ['a browser without beacons', undefined],
])('%s refuses a beacon', (_, sendBeacon) => {
  vi.stubGlobal('navigator', { sendBeacon });
  expect(watched().watch.beacon('https://log.example.com/', body)).toBe(false);
});

/**
 * Stubs the idle callbacks of a browser. `idle` runs them, and a cancelled one never. Bound functions look like those
 * of a browser.
 */
function idleCallbacks() {
  const waiting = new Map<number, () => void>();
  const timeouts: (number | undefined)[] = [];
  const request = (work: () => void, options?: IdleRequestOptions) => {
    timeouts.push(options?.timeout);
    waiting.set(timeouts.length, work);
    return timeouts.length;
  };
  const cancel = (handle: number) => void waiting.delete(handle);
  vi.stubGlobal('requestIdleCallback', request.bind(null));
  vi.stubGlobal('cancelIdleCallback', cancel.bind(null));
  const idle = () => {
    const works = [...waiting.values()];
    waiting.clear();
    for (const work of works) work();
  };
  return { idle, timeouts };
}

test('idle work runs in an idle callback, after half a second at the latest', () => {
  const { idle, timeouts } = idleCallbacks();
  const { watch } = watched();
  const [work, cancelled] = [vi.fn(), vi.fn()];
  watch.whenIdle(work);
  watch.whenIdle(cancelled)();
  vi.advanceTimersByTime(10_000);
  expect(work).not.toHaveBeenCalled();
  idle();
  expect(work).toHaveBeenCalledOnce();
  expect(cancelled).not.toHaveBeenCalled();
  expect(timeouts).toEqual([500, 500]);
});

test.each([
  ['no idle callbacks', undefined],
  ['a polyfill of requestIdleCallback alone', 'cancelIdleCallback'],
  ['a polyfill of cancelIdleCallback alone', 'requestIdleCallback'],
])('with %s idle work runs in a timer, and can be cancelled', (_, missing) => {
  const { idle, timeouts } = idleCallbacks();
  for (const name of ['requestIdleCallback', 'cancelIdleCallback']) {
    if (!missing || name === missing) vi.stubGlobal(name, undefined);
  }
  const { watch } = watched();
  const [work, cancelled] = [vi.fn(), vi.fn()];
  watch.whenIdle(work);
  watch.whenIdle(cancelled)();
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(1_000);
  idle();
  expect(work).toHaveBeenCalledOnce();
  expect(cancelled).not.toHaveBeenCalled();
  expect(timeouts).toEqual([]);
});

test('in a loaded page work waits for idle time only, and runs once', () => {
  const { idle } = idleCallbacks();
  const work = vi.fn();
  watched().watch.whenLoaded(work, 1_000);
  expect(work).not.toHaveBeenCalled();
  idle();
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledOnce();
});

test.each(['loading', 'interactive'] as const)(
  'in a page that is %s work waits for the load and for idle time',
  (readyState) => {
    const { idle } = idleCallbacks();
    const { watch, load } = watched({ readyState });
    const work = vi.fn();
    watch.whenLoaded(work);
    idle();
    vi.advanceTimersByTime(60_000);
    expect(work).not.toHaveBeenCalled();
    load();
    expect(work).not.toHaveBeenCalled();
    idle();
    expect(work).toHaveBeenCalledOnce();
  },
);

test('a page that loads for too long runs work late, and again when it is loaded', () => {
  const { idle } = idleCallbacks();
  const { watch, load } = watched({ readyState: 'loading' });
  const work = vi.fn();
  watch.whenLoaded(work, 1_000);
  vi.advanceTimersByTime(999);
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledOnce();
  load();
  idle();
  expect(work).toHaveBeenCalledTimes(2);
});

test('a page that loads in time runs work once', () => {
  const { idle } = idleCallbacks();
  const { watch, load } = watched({ readyState: 'loading' });
  const work = vi.fn();
  watch.whenLoaded(work, 1_000);
  vi.advanceTimersByTime(500);
  load();
  vi.advanceTimersByTime(5_000);
  expect(work).not.toHaveBeenCalled();
  idle();
  expect(work).toHaveBeenCalledOnce();
});

test.each(['while it loads', 'between load and idle time'])(
  'work after the load can be cancelled %s',
  (when) => {
    const { idle } = idleCallbacks();
    const { watch, load, window } = watched({ readyState: 'loading' });
    const work = vi.fn();
    const cancel = watch.whenLoaded(work, 1_000);
    if (when !== 'while it loads') load();
    cancel();
    expect(window.types).not.toContain('load');
    load();
    idle();
    vi.advanceTimersByTime(5_000);
    expect(work).not.toHaveBeenCalled();
  },
);

test('loaded() resolves at once in a loaded page, and otherwise with the load', async () => {
  await expect(watched().watch.loaded()).resolves.toBeUndefined();
  const { watch, load, window } = watched({ readyState: 'interactive' });
  let isLoaded = false;
  void watch.loaded().then(() => {
    isLoaded = true;
  });
  await vi.advanceTimersByTimeAsync(9_999);
  expect(isLoaded).toBe(false);
  load();
  await vi.advanceTimersByTimeAsync(0);
  expect(isLoaded).toBe(true);
  expect(window.types).not.toContain('load');
});

test('loaded() resolves after ten seconds in a page whose load never comes', async () => {
  const { watch } = watched({ readyState: 'interactive' });
  const loaded = watch.loaded();
  await vi.advanceTimersByTimeAsync(10_000);
  await expect(loaded).resolves.toBeUndefined();
});

test('idle callbacks that a page has made itself are not used', () => {
  vi.stubGlobal('requestIdleCallback', () => 1);
  vi.stubGlobal('cancelIdleCallback', () => {});
  const work = vi.fn();
  watched().watch.whenIdle(work);
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledOnce();
});
