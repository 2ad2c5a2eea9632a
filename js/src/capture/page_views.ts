import type { Capture, Sink } from '../types.ts';
import { watchDepth } from './depth.ts';
import { listening } from './listening.ts';
import { patch } from './patch.ts';

export interface PageViewsOptions {
  /** Counts every change of the fragment, not only that of a route (`#/…`, `#!/…`). Default false. */
  hash?: boolean;
}

/** So long a navigation may take to set its title; what replaces its address meanwhile is the same view. */
const SETTLE_MS = 300;
/** A page that is left is told so two or three times in a row. */
const ONCE_MS = 1_000;

const CLICK_IDS = ['gclid', 'fbclid', 'msclkid', 'ttclid', 'twclid', 'yclid', 'bd_vid'];
const UTM = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'] as const;

/** Records `page_view` and `page_leave`, of documents and of the views within a single-page application. */
export function pageViews({ hash = false }: PageViewsOptions = {}): Capture {
  return { name: 'page_views', start: (sink) => startPageViews(sink, hash) };
}

function startPageViews(sink: Sink, hash: boolean): () => void {
  const events = listening();
  const stops = [() => events.end()];
  let address = '';
  /** What all events of the view say. */
  let common: Record<string, string> = {};
  let views = 0;
  let begun = 0;
  let deepest = 0;
  let lastLeave = Number.NEGATIVE_INFINITY;
  /** Records the view that has not settled yet. */
  let settle: (() => void) | undefined;

  const say = (viewSeq: number) => {
    common = { page_url: location.href, view_seq: String(viewSeq) };
  };

  const view = (navigationType: string, referrer: string | undefined) => {
    settle?.();
    // The view before ended when the page went into the cache.
    if (navigationType === 'restore') lastLeave = Number.POSITIVE_INFINITY;
    sink.beginView();
    say(views);
    views++;
    address = viewOf(location.href, hash);
    begun = performance.now();
    deepest = 0;
    lastLeave = Number.NEGATIVE_INFINITY;
    const ts = Date.now();
    const waiting = setTimeout(() => settle?.(), SETTLE_MS);
    settle = () => {
      clearTimeout(waiting);
      settle = undefined;
      sink.track({
        event: 'page_view',
        ts,
        page_url: location.href,
        page_title: document.title,
        ...(referrer && { referrer_url: referrer }),
        navigation_type: navigationType,
        ...campaignOf(location.search),
      });
    };
  };

  const navigated = (type: string) => {
    const next = viewOf(location.href, hash);
    if (next === address) return;
    const previous = address;
    // A router's redirect: the view that it replaces was never there.
    if (type === 'replace' && settle) {
      address = next;
      say(views - 1);
      return;
    }
    const isHash = next.split('#')[0] === previous.split('#')[0];
    view(isHash ? 'hash' : type, previous);
  };

  const first = () => {
    const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const wasPrerendered = Boolean((entry as { activationStart?: number })?.activationStart);
    view(wasPrerendered ? 'prerender' : (entry?.type ?? 'navigate'), document.referrer);
    stops.push(
      watchDepth(events, (percent) => {
        deepest = Math.max(deepest, percent);
      }),
    );
  };

  const leave = () => {
    settle?.();
    const now = performance.now();
    if (views === 0 || now - lastLeave < ONCE_MS) return;
    lastLeave = now;
    sink.track({
      event: 'page_leave',
      page_url: address,
      view_duration_ms: Math.round(now - begun),
      scroll_max_percent: deepest,
    });
  };

  if ((document as { prerendering?: boolean }).prerendering) {
    events.on(document, 'prerenderingchange', first);
  } else {
    first();
  }
  events.on<PageTransitionEvent>(globalThis, 'pageshow', ({ persisted }) => {
    if (persisted) view('restore', undefined);
  });
  // Typed as always there; older browsers lack it.
  const navigation: Navigation | undefined = globalThis.navigation;
  if (navigation) {
    events.on<NavigationCurrentEntryChangeEvent>(
      navigation,
      'currententrychange',
      ({ navigationType }) => navigated(navigationType ?? 'replace'),
    );
  } else {
    for (const name of ['pushState', 'replaceState'] as const) {
      const type = name === 'pushState' ? 'push' : 'replace';
      stops.push(
        patch(history, name, (original) => {
          return function (this: History, ...given: Parameters<History['pushState']>) {
            original.apply(this, given);
            try {
              navigated(type);
            } catch {
              // Not the page's.
            }
          };
        }),
      );
    }
    events.on(globalThis, 'popstate', () => navigated('traverse'));
    events.on(globalThis, 'hashchange', () => navigated('traverse'));
  }
  stops.push(
    sink.enrich(() => common),
    sink.on('leave', leave),
  );
  return () => {
    settle?.();
    for (const stop of stops) stop();
  };
}

// What makes one view of an application another one: the address without a fragment that is no route.
function viewOf(href: string, hash: boolean): string {
  const { origin, pathname, search, hash: fragment } = new URL(href);
  return origin + pathname + search + (hash || /^#!?\//.test(fragment) ? fragment : '');
}

function campaignOf(search: string): Record<string, string> {
  const given = new URLSearchParams(search);
  const found: Record<string, string> = {};
  for (const name of UTM) {
    const value = given.get(name);
    if (value) found[name] = value;
  }
  for (const name of CLICK_IDS) {
    const value = given.get(name);
    if (value) Object.assign(found, { click_id: value, click_id_type: name });
  }
  return found;
}
