import { CLICK_IDS, UTM } from '../campaign.ts';
import { read } from '../dom.ts';
import { ignoreErrors } from '../ignore_errors.ts';
import { bare, clearTimeout, clock, setTimeout, URL, wallClock } from '../natives.ts';
import { cut } from '../text.ts';
import type { Capture, OwnSink } from '../types.ts';
import { watchDepth } from './depth.ts';
import { listening } from './listening.ts';
import { patch } from './patch.ts';

export interface PageViewsOptions {
  /** Counts every new fragment as a view, not only routes (`#/…`, `#!/…`), and records the fragment. Default false. */
  hash?: boolean;
}

/** Time for a navigation to set its title. If its address is replaced within this time, it stays the same view. */
const SETTLE_MS = 300;
/** An application that still shows the title of its last view gets so much time more. */
const LATE_TITLE_MS = 700;
/** Most characters of a title. */
const MAX_TITLE = 500;
/** Most characters of an address that are searched for a campaign. */
const MAX_SEARCH = 8_192;
/** Events that show that the page is still in use after `leave`: the next document may never come. */
const USES = ['pointerdown', 'keydown', 'scroll'];

/** `activationStart` is missing in some browsers, and in TypeScript's library. */
type NavigationTiming = PerformanceNavigationTiming & { activationStart?: number };

/** Records `page_view` and `page_leave` for documents, and for views within a single-page application. */
export function pageViews(options: PageViewsOptions = {}): Capture {
  const { hash = false } = bare(options);
  return { name: 'page_views', start: (sink) => startPageViews(sink, hash) };
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a class is larger on the wire, see docs/decisions.md.
function startPageViews(sink: OwnSink, hash: boolean): () => void {
  const events = listening();
  /** Address of the current view, as `routeOf` returns it. Another route is another view. */
  let route = '';
  /** Fields of all events of the view. */
  let commonFields: Record<string, string> = {};
  let views = 0;
  let viewStart = 0;
  let deepest: number | undefined;
  /** The view was left and not used since. `leave` comes two or three times, but records only one event. */
  let isLeft = false;
  const uses = listening();
  /**
   * True after the task in which the plug-in started. React's StrictMode mounts and unmounts in one task:
   * https://react.dev/reference/react/StrictMode
   */
  let isPastFirstTask = false;
  const firstTask = setTimeout(() => {
    isPastFirstTask = true;
  });
  let settleTimer: ReturnType<typeof setTimeout>;
  /** Records the view that is not recorded yet; undefined if there is none. */
  let settle: (() => void) | undefined;
  /** The view is new: an address that is replaced now belongs to it. */
  let isSettling = false;
  let lastTitle = '';

  const depth = watchDepth((percent) => {
    deepest = Math.max(deepest ?? 0, percent);
  });
  const stops = [
    events.end,
    depth.end,
    uses.end,
    // Wait, because a loading page is busy. Earlier scrolling is measured after `load`.
    sink.whenIdle(() => events.on(document, 'scroll', depth.measure)),
  ];

  const updateCommonFields = () => {
    route = routeOf(hash);
    commonFields = { page_url: location.href, view_seq: String(views - 1) };
  };

  /** Begins a view. `type` undefined: take the navigation type of the document. */
  const view = (type: string | undefined, referrer_url: string | undefined) => {
    settle?.();
    // The previous view ended when the page entered the back/forward cache.
    if (type === 'restore') isLeft = true;
    if (views++ > 0) sink.beginView();
    updateCommonFields();
    viewStart = clock();
    deepest = undefined;
    resume();
    const time = wallClock();
    // Read the campaign now: many pages soon remove it from the address.
    const { search } = location;
    const page_fragment = hash && location.hash.slice(1);
    isSettling = true;
    settleTimer = setTimeout(ignoreErrors, SETTLE_MS, () => {
      isSettling = false;
      if (title() !== lastTitle) settle?.();
      else settleTimer = setTimeout(ignoreErrors, LATE_TITLE_MS, () => settle?.());
    });
    settle = () => {
      clearTimeout(settleTimer);
      settle = undefined;
      isSettling = false;
      lastTitle = title();
      // While the document is incomplete, the percentage would be too high.
      if (read(document, 'readyState') === 'complete') depth.measure();
      sink.track(
        {
          event: 'page_view',
          page_url: commonFields.page_url as string,
          page_title: lastTitle,
          ...(referrer_url && { referrer_url }),
          navigation_type: type ?? ignoreErrors(documentType) ?? 'navigate',
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
    // No new view: a router redirects before the view has settled, or a page keeps its state in the query.
    if (type === 'replace' && (isSettling || withoutQuery(next) === withoutQuery(previous))) {
      updateCommonFields();
      return;
    }
    view(next.split('#')[0] === previous.split('#')[0] ? 'hash' : type, previous);
  };

  const resume = () => {
    isLeft = false;
    uses.end();
  };

  const leave = () => {
    settle?.();
    if (isLeft) return;
    isLeft = true;
    for (const type of USES) {
      uses.on(globalThis, type, ({ target }) => {
        // An element within the page may scroll by itself, such as a carousel.
        if (type !== 'scroll' || target === document) resume();
      });
    }
    sink.track({
      event: 'page_leave',
      page_url: route,
      view_duration_ms: Math.round(clock() - viewStart),
      ...(deepest !== undefined && { scroll_max_percent: deepest }),
    });
  };

  view(undefined, read(document, 'referrer'));
  events.on(globalThis, 'load', () => stops.push(sink.whenIdle(depth.measure)));
  events.on(document, 'visibilitychange', () => {
    if (read(document, 'visibilityState') === 'visible') resume();
  });
  events.on<PageTransitionEvent>(globalThis, 'pageshow', ({ persisted }) => {
    if (persisted) view('restore', undefined);
  });
  // Older browsers lack the Navigation API, and a page may have an element or a variable of that name.
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
        patch(globalThis.history, name, (original) => {
          return function (this: History, ...args: Parameters<History['pushState']>) {
            original.apply(this, args);
            ignoreErrors(() => navigated(type));
          };
        }),
      );
    }
    events.on(globalThis, 'popstate', () => navigated('traverse'));
    events.on(globalThis, 'hashchange', () => navigated('traverse'));
  }
  stops.push(
    sink.enrich(() => commonFields),
    sink.on('leave', leave),
  );
  return () => {
    // If StrictMode mounts a component twice, only the second tracker records the view.
    if (isPastFirstTask) settle?.();
    clearTimeout(firstTask);
    clearTimeout(settleTimer);
    for (const stop of stops) stop();
  };
}

function title(): string {
  return cut(read(document, 'title'), MAX_TITLE);
}

// How the document was reached.
function documentType(): string | undefined {
  const [entry] = globalThis.performance.getEntriesByType('navigation') as NavigationTiming[];
  return entry?.activationStart ? 'prerender' : entry?.type;
}

// The address. The fragment is removed unless it is a route or `hash` is set.
function routeOf(hash: boolean): string {
  const [page, fragment] = location.href.split(/#(.*)/s) as [string, string?];
  const isRoute = fragment && (hash || /^!?\//.test(fragment));
  return page.replace(/\?$/, '') + (isRoute ? `#${fragment}` : '');
}

function withoutQuery(route: string): string {
  return route.replace(/\?[^#]*/, '');
}

function campaignOf(search: string, allowed: readonly string[]): Record<string, string> {
  const { searchParams } = new URL(search.slice(0, MAX_SEARCH), 'https://page.example');
  const found: Record<string, string> = {};
  for (const name of [...UTM, ...CLICK_IDS]) {
    const value = allowed.includes(name) && searchParams.get(name);
    if (!value) continue;
    if (name.startsWith('utm_')) found[name] = value;
    else Object.assign(found, { click_id: value, click_id_type: name });
  }
  return found;
}
