import type { MetricWithAttribution } from 'web-vitals/attribution';
import webVitalsPackage from 'web-vitals/attribution?factory';
import { listen as add, isElement, read, unlisten as remove } from '../dom.ts';
import type { WebVitalEvent } from '../events.ts';
import { ignoreErrors } from '../ignore_errors.ts';
import { clearTimeout, clock, Map, queueMicrotask, Set, setTimeout, WeakMap } from '../natives.ts';
import type { Capture, OwnSink } from '../types.ts';
import { selectorOf } from './element.ts';

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
  const { signal, listen, unlisten, Observer, hide, visibility, stop } = stoppable();
  /** The package drops an interaction that it has not processed when the page is hidden: keep the last INP. */
  let lastInp: MetricWithAttribution | undefined;
  let isPainted = false;
  let isStarting = true;
  const timer = setTimeout(() => {
    isStarting = false;
  });
  const report = (metric: MetricWithAttribution) => {
    if (signal.aborted) return;
    if (metric.name === 'FCP') isPainted = true;
    if (metric.name === 'INP') lastInp = metric;
    else sink.track(eventOf(metric));
  };
  const recordInp = () => {
    if (lastInp) sink.track(eventOf(lastInp));
    lastInp = undefined;
  };
  const stopLeave = sink.on('leave', (why) => {
    // The effect of the click will count too.
    if (why === 'navigation') return;
    // A page that navigates before it has loaded still paints for a while. When the leave itself has started this
    // plug-in, the package has not got the earlier paints yet.
    const isShown = read(document, 'visibilityState') === 'visible';
    const isKnown = isShown
      ? isPainted && read(document, 'readyState') === 'complete'
      : !isStarting;
    if (why === 'page' && isKnown) hide();
    recordInp();
  });
  const measures = webVitalsPackage({
    document: visibility,
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
    clearTimeout(timer);
    recordInp();
    stop();
    stopLeave();
  };
}

// The package cannot be stopped. So it gets a `listen` and an `Observer` that we can stop. It also waits until the page
// is hidden, but a navigation hides the page only after the tracker has sent its last batch. So we tell it earlier.
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
  const { visibility, whenHidden, hide } = hiding();
  const optionsOf = (
    options: boolean | AddEventListenerOptions = false,
  ): AddEventListenerOptions => (typeof options === 'object' ? options : { capture: options });
  return {
    signal,
    listen(type: string, listener: EventListener, options?: boolean | AddEventListenerOptions) {
      if (type === 'visibilitychange') whenHidden.set(listener, optionsOf(options).once);
      else add(globalThis, type, guardedOf(listener), { ...optionsOf(options), signal });
    },
    unlisten(type: string, listener: EventListener, options?: boolean | EventListenerOptions) {
      if (type === 'visibilitychange') whenHidden.delete(listener);
      else remove(globalThis, type, guardedOf(listener), optionsOf(options));
    },
    visibility,
    hide,
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

// Tells the package that the page is hidden.
function hiding() {
  /** The package's listeners for `visibilitychange`, and whether they listen only once. */
  const whenHidden = new Map<EventListener, boolean | undefined>();
  let isHiding = false;
  return {
    whenHidden,
    /** The part of `document` that the package reads. */
    visibility: new Proxy({} as Document, {
      get(_, name: keyof Document) {
        return isHiding && name === 'visibilityState' ? 'hidden' : read(document, name);
      },
    }),
    /** Has the package report what it knows, as if the page were hidden now. */
    hide() {
      isHiding = true;
      // The package ignores events that are not trusted.
      const event = { type: 'visibilitychange', isTrusted: true, timeStamp: clock() } as Event;
      for (const [listener, once] of [...whenHidden]) {
        if (once) whenHidden.delete(listener);
        ignoreErrors(() => listener(event));
      }
      isHiding = false;
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
