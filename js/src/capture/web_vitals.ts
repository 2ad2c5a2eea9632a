import type { MetricWithAttribution } from 'web-vitals/attribution';
import webVitalsPackage from 'web-vitals/attribution?factory';
import type { WebVitalEvent } from '../events.ts';
import type { Capture, OwnSink } from '../types.ts';
import { selectorOf } from './element.ts';

/**
 * Records `web_vital`, as the package `web-vitals` measures it: TTFB and FCP once they are known, LCP with the visitor's
 * first click or key or when the page is hidden, CLS and INP when it is hidden, again if they have grown meanwhile.
 */
export function webVitals(): Capture {
  return { name: 'web_vitals', start: startWebVitals };
}

function startWebVitals(sink: OwnSink): () => void {
  // They are those of the whole document, of which a part was not to be recorded.
  if (sink.isLate || !globalThis.PerformanceObserver) return () => {};
  const running = new AbortController();
  const { signal } = running;
  // The package knows no end. It gets one with what it listens and observes by.
  const listen = (
    type: string,
    heed: EventListener,
    options?: boolean | AddEventListenerOptions,
  ) => {
    const given = typeof options === 'object' ? options : { capture: Boolean(options) };
    addEventListener(type, heed, { ...given, signal });
  };
  const observers: PerformanceObserver[] = [];
  class Observer extends PerformanceObserver {
    override observe(options: PerformanceObserverInit) {
      if (signal.aborted) return;
      super.observe(options);
      observers.push(this);
    }
  }

  /** By name. What is told while the page is being hidden leaves with it in one request, not in one each. */
  const waiting = new Map<string, MetricWithAttribution>();
  let isGoing = false;
  // Ahead of the package's own; `leave` comes behind.
  listen(
    'visibilitychange',
    () => {
      isGoing = document.visibilityState === 'hidden';
    },
    true,
  );
  const report = (metric: MetricWithAttribution) => {
    if (signal.aborted) return;
    // The package itself forgets an interaction that it has not yet looked at when the page is hidden.
    if (metric.name === 'INP' || isGoing) waiting.set(metric.name, metric);
    else sink.track(eventOf(metric));
  };
  const recordWaiting = () => {
    isGoing = false;
    for (const metric of waiting.values()) sink.track(eventOf(metric));
    waiting.clear();
  };
  const end = sink.on('leave', recordWaiting);
  const measures = webVitalsPackage(listen, Observer);
  for (const name of ['TTFB', 'FCP', 'LCP', 'CLS', 'INP'] as const) {
    try {
      measures[`on${name}`](report, { generateTarget, reportAllChanges: name === 'INP' });
    } catch {
      // A browser in which it cannot be measured.
    }
  }
  return () => {
    recordWaiting();
    running.abort();
    for (const observer of observers) observer.disconnect();
    end();
  };
}

/** The same words as in `page_view`, where `restore` is something else. */
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
    // The fourth decimal of a CLS is still one pixel in a small viewport.
    ...(name === 'CLS'
      ? { value_score: Math.round(value * 1e4) / 1e4 }
      : { value_ms: Math.round(value) }),
    rating,
    navigation_type: NAVIGATIONS[navigationType] ?? navigationType,
    ...detailsOf(metric),
  } as WebVitalEvent;
}

// What is to blame. In names of our own: those of the package may change.
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

// Called from within the package's observers, where what is thrown would be an error of the page. '' is none;
// for undefined the package would write a selector of its own.
function generateTarget(node: Node | null): string {
  try {
    const element = node instanceof Element ? node : node?.parentElement;
    return element ? selectorOf(element) : '';
  } catch {
    return '';
  }
}
