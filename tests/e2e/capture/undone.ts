// Checks that a plug-in removes everything that it has added to a page.

import type { Page } from '@playwright/test';
import { eventually, expect, type PageOptions } from '../fixtures.ts';

declare global {
  interface Window {
    /** Names of the listeners, observers and timers that are still active. */
    activeTraces: Map<object, string>;
    /** `left`: listeners, observers and timers that are still active. `functions`: built-ins that may be patched. */
    traces(): { left: string[]; functions: unknown[] };
    functionsBefore: unknown[];
    second: Window['tracker'];
  }
}

interface Listened {
  target: object;
  type: string;
  listener: unknown;
  capture: boolean;
  key: object;
}

/** Tracks listeners, observers and timers of a page. Call it before the page is opened. */
export async function watchTraces(page: Page): Promise<void> {
  for (const script of [traceListeners, traceObservers, traceTimers, reportTraces]) {
    await page.addInitScript(script);
  }
}

// Playwright promises no order of these scripts, so the first one to run makes the map that they share.

function traceListeners() {
  window.activeTraces ??= new Map();
  const { activeTraces: active } = window;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const listeners: Listened[] = [];
  const isCapture = (options: unknown) =>
    typeof options === 'object'
      ? Boolean((options as AddEventListenerOptions | null)?.capture)
      : Boolean(options);
  const forget = (target: object, type: string, listener: unknown, capture: boolean) => {
    const at = listeners.findIndex(
      (one) =>
        one.target === target &&
        one.type === type &&
        one.listener === listener &&
        one.capture === capture,
    );
    if (at >= 0) for (const { key } of listeners.splice(at, 1)) active.delete(key);
  };
  EventTarget.prototype.addEventListener = function (
    this: EventTarget | undefined,
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ) {
    const target = this ?? window;
    const capture = isCapture(options);
    const { signal, once } = (typeof options === 'object' ? options : null) ?? {};
    addEventListener.call(target, type, listener, options);
    if (!listener || signal?.aborted) return;
    forget(target, type, listener, capture);
    const key = {};
    active.set(key, `${target.constructor.name} hears ${type}`);
    listeners.push({ target, type, listener, capture, key });
    const end = () => forget(target, type, listener, capture);
    if (signal) addEventListener.call(signal, 'abort', end);
    if (once) addEventListener.call(target, type, end, { once, capture });
  };
  EventTarget.prototype.removeEventListener = function (
    this: EventTarget | undefined,
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ) {
    const target = this ?? window;
    removeEventListener.call(target, type, listener, options);
    forget(target, type, listener, isCapture(options));
  };

  // close() removes the listeners of a channel.
  const { close } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.close = function () {
    close.call(this);
    for (const { type, listener, capture } of listeners.filter(({ target }) => target === this)) {
      forget(this, type, listener, capture);
    }
  };
}

function traceObservers() {
  window.activeTraces ??= new Map();
  const { activeTraces: active } = window;
  for (const name of [
    'IntersectionObserver',
    'MutationObserver',
    'PerformanceObserver',
    'ReportingObserver',
    'ResizeObserver',
  ]) {
    const prototype = (globalThis as unknown as Record<string, { prototype: never } | undefined>)[
      name
    ]?.prototype as { observe(...given: unknown[]): void; disconnect(): void } | undefined;
    if (!prototype) continue;
    const { observe, disconnect } = prototype;
    prototype.observe = function (...given) {
      active.set(this, name);
      return observe.apply(this, given);
    };
    prototype.disconnect = function () {
      active.delete(this);
      return disconnect.call(this);
    };
  }
}

function traceTimers() {
  window.activeTraces ??= new Map();
  const { activeTraces: active } = window;
  const page = window as unknown as Record<string, (...given: never[]) => number>;
  for (const [start, end] of [
    ['setTimeout', 'clearTimeout'],
    ['setInterval', 'clearInterval'],
    ['requestAnimationFrame', 'cancelAnimationFrame'],
    ['requestIdleCallback', 'cancelIdleCallback'],
  ] as const) {
    const { [start]: begin, [end]: cancel } = page;
    if (!begin || !cancel) continue;
    const timers = new Map<number, object>();
    const done = (id: number) => {
      active.delete(timers.get(id) ?? {});
      timers.delete(id);
    };
    page[start] = (run: unknown, ...given: unknown[]) => {
      const id: number = Reflect.apply(begin, window, [
        (...args: unknown[]) => {
          if (start !== 'setInterval') done(id);
          if (typeof run === 'function') run(...args);
        },
        ...given,
      ]);
      const key = {};
      timers.set(id, key);
      active.set(key, start);
      return id;
    };
    page[end] = (id: number) => {
      done(id);
      return Reflect.apply(cancel, window, [id]);
    };
  }
}

function reportTraces() {
  window.traces = () => ({
    left: [...window.activeTraces.values()].sort(),
    functions: [
      window.fetch,
      window.open,
      window.onerror,
      window.onunhandledrejection,
      navigator.sendBeacon,
      history.pushState,
      history.replaceState,
      XMLHttpRequest,
      XMLHttpRequest.prototype.open,
      XMLHttpRequest.prototype.send,
      XMLHttpRequest.prototype.setRequestHeader,
      XMLHttpRequest.prototype.abort,
      // Chromium's `console.memory` is a new object at each read.
      ...Object.values(console).filter((one) => typeof one === 'function'),
    ],
  });
}

/**
 * Starts a second tracker with `capture` on a page that was opened after `watchTraces`, runs `use` so that the plug-ins
 * work, and shuts the tracker down. Expects the page to be as before, and that `again` records nothing.
 */
export async function expectUndone(
  page: Page,
  host: string,
  capture: PageOptions['capture'],
  use: () => Promise<void>,
  again: () => Promise<void> = use,
): Promise<void> {
  const left = () => page.evaluate(() => window.traces().left);
  // Let the first tracker of the page finish its start.
  await page.evaluate(() => window.tracker?.flush());
  const before = await left();
  await page.evaluate(
    ({ host, capture }) => {
      window.functionsBefore = window.traces().functions;
      window.second = window.makeTracker({ host, logstore: 'other', ...(capture && { capture }) });
    },
    { host, capture },
  );
  // Otherwise the test would prove nothing.
  expect(await left()).not.toEqual(before);
  await use();
  await page.evaluate(() => window.second.shutdown());
  await eventually(left).toEqual(before);
  expect(
    await page.evaluate(() =>
      window.traces().functions.every((one, at) => one === window.functionsBefore[at]),
    ),
  ).toBe(true);
  // A tracker that is shut down still counts the events that it gets.
  const counts = () => page.evaluate(() => ({ ...window.second.counts }));
  const counted = await counts();
  await again();
  expect(await counts()).toEqual(counted);
}
