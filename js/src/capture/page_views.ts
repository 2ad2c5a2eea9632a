import { CLICK_IDS, UTM } from '../campaign.ts';
import type { Capture, OwnSink } from '../types.ts';
import { watchDepth } from './depth.ts';
import { listening } from './listening.ts';
import { patch } from './patch.ts';
import { quietly } from './quietly.ts';

export interface PageViewsOptions {
  /** Counts every change of the fragment, not only that of a route (`#/…`, `#!/…`), and records it. Default false. */
  hash?: boolean;
}

/** So long a navigation may take to set its title; what replaces its address meanwhile is the same view. */
const SETTLE_MS = 300;
/** By these somebody goes on in a page after another document was asked for, as that may never come. */
const USES = ['pointerdown', 'keydown', 'scroll'];

/** `activationStart`: not everywhere, and not in TypeScript's library. */
type NavigationTiming = PerformanceNavigationTiming & { activationStart?: number };

/** Records `page_view` and `page_leave`, of documents and of the views within a single-page application. */
export function pageViews({ hash = false }: PageViewsOptions = {}): Capture {
  return { name: 'page_views', start: (sink) => startPageViews(sink, hash) };
}

function startPageViews(sink: OwnSink, hash: boolean): () => void {
  const events = listening();
  /** What makes the view another one than that before. */
  let route = '';
  /** What all events of the view say. */
  let common: Record<string, string> = {};
  let views = 0;
  let begun = 0;
  let deepest: number | undefined;
  /** It was left, and not used since: a page that is left is told so two or three times. */
  let isOver = false;
  const uses = listening();
  /** The task that began it is over: https://react.dev/reference/react/StrictMode ends at once what is not to be. */
  let isMeant = false;
  const meant = setTimeout(() => {
    isMeant = true;
  });
  let waiting: ReturnType<typeof setTimeout>;
  /** Records the view that has not settled yet. */
  let settle: (() => void) | undefined;

  const depth = watchDepth((percent) => {
    deepest = Math.max(deepest ?? 0, percent);
  });
  const stops = [
    events.end,
    depth.end,
    uses.end,
    // A page that loads has other things to do. How far it was scrolled before is seen once it is loaded.
    sink.whenIdle(() => events.on(document, 'scroll', depth.ask)),
  ];

  const say = () => {
    route = routeOf(hash);
    common = { page_url: location.href, view_seq: String(views - 1) };
  };

  /** Without a type: as the document was come by. */
  const view = (type: string | undefined, referrer_url: string | undefined) => {
    settle?.();
    // The view before ended when the page went into the cache.
    if (type === 'restore') isOver = true;
    if (views++ > 0) sink.beginView();
    say();
    begun = performance.now();
    deepest = undefined;
    resume();
    const time = Date.now();
    // Pages like to take it out of the address.
    const { search } = location;
    const page_fragment = hash && location.hash.slice(1);
    waiting = setTimeout(quietly, SETTLE_MS, () => settle?.());
    settle = () => {
      clearTimeout(waiting);
      settle = undefined;
      // Of half a document it would be too much.
      if (document.readyState === 'complete') depth.ask();
      sink.track(
        {
          event: 'page_view',
          page_url: common.page_url as string,
          page_title: document.title,
          ...(referrer_url && { referrer_url }),
          navigation_type: type ?? quietly(documentType) ?? 'navigate',
          ...(page_fragment && { page_fragment }),
          ...campaignOf(search, sink.urlParams),
        },
        { time },
      );
    };
  };

  const navigated = (type: string) => {
    const previous = route;
    const next = routeOf(hash);
    if (next === previous) return;
    // A router's redirect, of which the view that it replaces was never there; or a page that keeps its state there.
    if (type === 'replace' && (settle || withoutQuery(next) === withoutQuery(previous))) {
      say();
      return;
    }
    view(next.split('#')[0] === previous.split('#')[0] ? 'hash' : type, previous);
  };

  const resume = () => {
    isOver = false;
    uses.end();
  };

  const leave = () => {
    settle?.();
    if (isOver) return;
    isOver = true;
    for (const type of USES) {
      uses.on(globalThis, type, ({ target }) => {
        // What moves within the page may do so by itself.
        if (type !== 'scroll' || target === document) resume();
      });
    }
    sink.track({
      event: 'page_leave',
      page_url: route,
      view_duration_ms: Math.round(performance.now() - begun),
      ...(deepest !== undefined && { scroll_max_percent: deepest }),
    });
  };

  view(undefined, document.referrer);
  events.on(globalThis, 'load', () => stops.push(sink.whenIdle(depth.ask)));
  events.on(document, 'visibilitychange', () => {
    if (document.visibilityState === 'visible') resume();
  });
  events.on<PageTransitionEvent>(globalThis, 'pageshow', ({ persisted }) => {
    if (persisted) view('restore', undefined);
  });
  // Older browsers lack it, and a page may have an element or a variable of that name.
  const { navigation, Navigation } = globalThis;
  if (Navigation && navigation instanceof Navigation) {
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
            quietly(() => navigated(type));
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
    // Of a component that is mounted twice the second tracker tells of the view.
    if (isMeant) settle?.();
    clearTimeout(meant);
    clearTimeout(waiting);
    for (const stop of stops) stop();
  };
}

// How the document was come by.
function documentType(): string | undefined {
  const [entry] = performance.getEntriesByType('navigation') as NavigationTiming[];
  return entry?.activationStart ? 'prerender' : entry?.type;
}

// The address without a fragment that is no route.
function routeOf(hash: boolean): string {
  const [page, fragment] = location.href.split(/#(.*)/s) as [string, string?];
  const isRoute = fragment && (hash || /^!?\//.test(fragment));
  return page.replace(/\?$/, '') + (isRoute ? `#${fragment}` : '');
}

function withoutQuery(route: string): string {
  return route.replace(/\?[^#]*/, '');
}

function campaignOf(search: string, allowed: readonly string[]): Record<string, string> {
  const given = new URLSearchParams(search);
  const found: Record<string, string> = {};
  for (const name of [...UTM, ...CLICK_IDS]) {
    const value = allowed.includes(name) && given.get(name);
    if (!value) continue;
    if (name.startsWith('utm_')) found[name] = value;
    else Object.assign(found, { click_id: value, click_id_type: name });
  }
  return found;
}
