import type { MetricWithAttribution } from 'web-vitals/attribution';
import webVitalsPackage from 'web-vitals/attribution?factory';
import { listen as add, isElement, read, unlisten as remove } from '../dom.ts';
import type { WebVitalEvent } from '../events.ts';
import { Map, queueMicrotask, Set, setTimeout, WeakMap } from '../natives.ts';
import type { Capture, OwnSink } from '../types.ts';
import { selectorOf } from './element.ts';
import { ignoreErrors } from './ignore_errors.ts';

/**
 * Records `web_vital`, as the package `web-vitals` measures it: TTFB and FCP when they are known, LCP at the first
 * click or key or when the page is hidden, CLS and INP when the page is hidden, and again if they have grown since.
 */
export function webVitals(): Capture {
  return { name: 'web_vitals', start: startWebVitals };
}

function startWebVitals(sink: OwnSink): () => void {
  // The metrics cover the whole document, but consent was denied for a part of it.
  if (sink.isLate || !globalThis.PerformanceObserver) return () => {};
  const { signal, listen, unlisten, Observer, stop } = stoppable();
  /** Metrics by name that are recorded at `leave`, so that they go out in one request instead of one each. */
  const waiting = new Map<string, MetricWithAttribution>();
  let isHiding = false;
  // Runs before the package's listener; `leave` comes after it.
  listen(
    'visibilitychange',
    () => {
      isHiding = read(document, 'visibilityState') === 'hidden';
    },
    true,
  );
  const report = (metric: MetricWithAttribution) => {
    if (signal.aborted) return;
    // Keep the last INP ourselves: the package drops an interaction that it has not processed when the page is hidden.
    if (metric.name === 'INP' || isHiding) waiting.set(metric.name, metric);
    else sink.track(eventOf(metric));
  };
  const recordWaiting = () => {
    isHiding = false;
    for (const metric of waiting.values()) sink.track(eventOf(metric));
    waiting.clear();
  };
  const stopLeave = sink.on('leave', recordWaiting);
  const measures = webVitalsPackage({
    addEventListener: listen,
    removeEventListener: unlisten,
    PerformanceObserver: Observer,
    Map,
    Set,
    WeakMap,
    setTimeout,
    queueMicrotask,
  });
  for (const name of ['TTFB', 'FCP', 'LCP', 'CLS', 'INP'] as const) {
    try {
      measures[`on${name}`](report, { generateTarget, reportAllChanges: name === 'INP' });
    } catch {
      // The browser cannot measure this metric.
    }
  }
  return () => {
    recordWaiting();
    stop();
    stopLeave();
  };
}

// The package cannot be stopped. So it gets a `listen` and an `Observer` that we can stop.
function stoppable() {
  const controller = new globalThis.AbortController();
  const { signal } = controller;
  const observers: PerformanceObserver[] = [];
  /** Each listener of the package, and one that swallows its errors. */
  const guarded = new WeakMap<EventListener, EventListener>();
  const guardedOf = (listener: EventListener): EventListener => {
    const known = guarded.get(listener) ?? ((event) => ignoreErrors(() => listener(event)));
    guarded.set(listener, known);
    return known;
  };
  const optionsOf = (options: boolean | AddEventListenerOptions = false) =>
    typeof options === 'object' ? options : { capture: options };
  return {
    signal,
    listen(type: string, listener: EventListener, options?: boolean | AddEventListenerOptions) {
      add(globalThis, type, guardedOf(listener), { ...optionsOf(options), signal });
    },
    unlisten(type: string, listener: EventListener, options?: boolean | EventListenerOptions) {
      remove(globalThis, type, guardedOf(listener), optionsOf(options));
    },
    // What the package throws here would surface as an error of the page.
    Observer: class extends globalThis.PerformanceObserver {
      constructor(callback: PerformanceObserverCallback) {
        super((...args) => ignoreErrors(() => callback(...args)));
      }
      override observe(options: PerformanceObserverInit) {
        if (signal.aborted) return;
        super.observe(options);
        observers.push(this);
      }
    },
    stop() {
      controller.abort();
      for (const observer of observers) observer.disconnect();
    },
  };
}

/** Translates to the words of `page_view`. What the package calls `restore` is `discard` there. */
const NAVIGATIONS: Readonly<Record<string, string>> = {
  'back-forward': 'back_forward',
  'back-forward-cache': 'restore',
  restore: 'discard',
};

function eventOf(metric: MetricWithAttribution): WebVitalEvent {
  const { name, id, value, rating, navigationType, navigationURL } = metric;
  return {
    event: 'web_vital',
    page_url: navigationURL,
    metric: name,
    metric_id: id,
    // Four decimals: in a small viewport the fourth is still one pixel.
    ...(name === 'CLS'
      ? { value_score: Math.round(value * 1e4) / 1e4 }
      : { value_ms: Math.round(value) }),
    rating,
    navigation_type: NAVIGATIONS[navigationType] ?? navigationType,
    ...detailsOf(metric),
  } as WebVitalEvent;
}

// The attribution, under names of our own because those of the package may change.
function detailsOf({ name, attribution }: MetricWithAttribution) {
  switch (name) {
    case 'LCP':
      return {
        element: attribution.target || undefined,
        resource_url: attribution.url,
        parts_ms: rounded({
          ttfb: attribution.timeToFirstByte,
          load_delay: attribution.resourceLoadDelay,
          load: attribution.resourceLoadDuration,
          render_delay: attribution.elementRenderDelay,
        }),
      };
    case 'CLS':
      return {
        element: attribution.largestShiftTarget || undefined,
        load_state: attribution.loadState,
      };
    case 'INP':
      return {
        element: attribution.interactionTarget || undefined,
        interaction_type: attribution.interactionType,
        load_state: attribution.loadState,
        parts_ms: rounded({
          input_delay: attribution.inputDelay,
          processing: attribution.processingDuration,
          presentation_delay: attribution.presentationDelay,
        }),
      };
    case 'FCP':
      return {
        load_state: attribution.loadState,
        parts_ms: rounded({
          ttfb: attribution.timeToFirstByte,
          render: attribution.firstByteToFCP,
        }),
      };
    case 'TTFB':
      return {
        parts_ms: rounded({
          waiting: attribution.waitingDuration,
          cache: attribution.cacheDuration,
          dns: attribution.dnsDuration,
          connection: attribution.connectionDuration,
          request: attribution.requestDuration,
        }),
      };
  }
}

function rounded(parts: Record<string, number>): Record<string, number> {
  for (const part in parts) parts[part] = Math.round(parts[part] as number);
  return parts;
}

// The package calls this in its observers, where an error would surface as an error of the page. '' means no element;
// for undefined the package would build a selector of its own.
function generateTarget(node: Node | null): string {
  try {
    const element = isElement(node) ? node : node?.parentElement;
    return element ? selectorOf(element) : '';
  } catch {
    return '';
  }
}
