import {
  type MetricWithAttribution,
  onCLS,
  onFCP,
  onINP,
  onLCP,
  onTTFB,
} from 'web-vitals/attribution';
import type { WebVitalEvent } from '../events.ts';
import type { Capture, Sink } from '../types.ts';
import { selectorOf } from './element.ts';

/**
 * Records `web_vital`, as the package `web-vitals` measures it: TTFB and FCP once they are known, LCP with the visitor's
 * first click or key or when the page is hidden, CLS and INP when it is hidden, again if they have grown meanwhile.
 *
 * The one plug-in whose end leaves something behind, as the package has none: its observers, and its listeners for
 * clicks, keys, `visibilitychange` and `pageshow`, stay as long as the page does, and what they say is ignored.
 */
export function webVitals(): Capture {
  let heeding: Sink | undefined;
  let measured = false;
  let slowest: MetricWithAttribution | undefined;
  const record = (metric: MetricWithAttribution) => heeding?.track(eventOf(metric));
  const keep = (metric: MetricWithAttribution) => {
    slowest = metric;
  };
  return {
    name: 'web_vitals',
    start(sink) {
      heeding = sink;
      const end = sink.on('leave', () => {
        if (slowest) record(slowest);
        slowest = undefined;
      });
      // A visitor who agrees again must not be measured twice.
      for (const measure of measured ? [] : [onTTFB, onFCP, onLCP, onCLS, onINP]) {
        // The package itself forgets an interaction that it has not yet looked at when the page is hidden.
        const isINP = measure === onINP;
        try {
          measure(isINP ? keep : record, { generateTarget, reportAllChanges: isINP });
        } catch {
          // A browser in which it cannot be measured.
        }
      }
      measured = true;
      return () => {
        heeding = slowest = undefined;
        end();
      };
    },
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
