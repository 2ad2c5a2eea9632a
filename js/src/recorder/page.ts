// Watches the page's life cycle for the tracker.

import { listen, read, unlisten } from '../dom.ts';
import { within } from '../engine/bounded.ts';
import type { PageState } from '../engine/host.ts';
import { bare, clearTimeout, isNative, Promise, setTimeout } from '../natives.ts';

export interface PageEvents {
  /**
   * The page may be going for good. `navigation`: it has begun to navigate to another document, and `page` follows.
   * `page`: it navigates, was hidden, or is being unloaded. It may also stay, or come back and leave again, so this is
   * called several times.
   */
  leave(why: 'navigation' | 'page'): void;
  /** The page is unloaded, or in the back/forward cache. */
  pause(): void;
  /** The page is back from the back/forward cache. */
  resume(): void;
  /** The page is visible again. */
  show(): void;
  /** The page was prerendered, and is shown now. */
  shown(): void;
}

/** Idle work runs after this time at the latest. */
const IDLE_MS = 500;
/**
 * From the start of a navigation until the page counts as left. Meanwhile the browser paints the effect of the click,
 * and reports how long that took, so this goes into the same request.
 */
const NAVIGATE_MS = 30;
/** A page that is not loaded after this time counts as loaded: one stalled image can hold up `load` for ever. */
const LOAD_MS = 10_000;

export interface PageWatch extends PageState {
  /** The page is prerendered: it was not shown yet, and may never be. */
  readonly prerendered: boolean;
  /** Runs `work` when the browser is idle, after half a second at the latest. The returned function cancels it. */
  whenIdle(work: () => void): () => void;
  /**
   * Runs `work` when the page is loaded and idle. If the page is still loading at this call, `work` also runs after
   * `latestMs`, so it may run twice. The returned function cancels both.
   */
  whenLoaded(work: () => void, latestMs?: number): () => void;
  /** Resolves when the page is loaded, after ten seconds at the latest. */
  loaded(): Promise<void>;
  stop(): void;
}

function whenIdle(work: () => void): () => void {
  // Safari lacks them. The functions that pages have in their place call at once, late, or never.
  const { requestIdleCallback, cancelIdleCallback } = globalThis;
  if (isNative(requestIdleCallback) && isNative(cancelIdleCallback)) {
    const handle = requestIdleCallback(work, bare({ timeout: IDLE_MS }));
    return () => cancelIdleCallback(handle);
  }
  const timer = setTimeout(work, 1);
  return () => clearTimeout(timer);
}

function whenLoaded(work: () => void, latestMs?: number): () => void {
  let cancel: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = whenComplete(() => {
    clearTimeout(timer);
    cancel = whenIdle(work);
  });
  if (latestMs && !cancel) timer = setTimeout(work, latestMs);
  return () => {
    clearTimeout(timer);
    stop();
    cancel?.();
  };
}

function whenComplete(work: () => void): () => void {
  if (read(document, 'readyState') === 'complete') work();
  else listen(globalThis, 'load', work, { once: true });
  return () => unlisten(globalThis, 'load', work);
}

function loaded(): Promise<void> {
  return within(new Promise<void>((done) => void whenComplete(done)), LOAD_MS).catch(() => {});
}

const isHidden = () => read(document, 'visibilityState') === 'hidden';
const isPrerendered = () => read(document as { prerendering?: boolean }, 'prerendering') === true;

function beacon(url: string, body: Blob): boolean {
  try {
    return globalThis.navigator.sendBeacon(url, body);
  } catch {
    return false;
  }
}

// Calls `leave` when a navigation to another document has begun, and again soon after that. A router that takes over
// the navigation cancels both, and so does a navigation that fails.
function watchNavigations(leave: PageEvents['leave']) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = () => clearTimeout(timer);
  const onNavigate = ({ destination, downloadRequest }: NavigateEvent) => {
    // The page may have an element of that name, with events of that name.
    if (destination?.sameDocument !== false || downloadRequest !== null) return;
    cancel();
    timer = setTimeout(() => {
      leave('navigation');
      // Before `pagehide`: if the answer arrives before the other document, the next page need not send these events.
      timer = setTimeout(leave, NAVIGATE_MS, 'page');
    });
  };
  const listeners = { navigate: onNavigate, currententrychange: cancel, navigateerror: cancel };
  // The types claim that it always exists. Older browsers lack it, and a page may have a variable of that name.
  const navigation: Navigation | undefined = globalThis.navigation;
  const change = (method: 'addEventListener' | 'removeEventListener') => {
    for (const [type, listener] of Object.entries(listeners)) {
      navigation?.[method]?.(type, listener as EventListener);
    }
  };
  change('addEventListener');
  return {
    cancel,
    stop() {
      cancel();
      change('removeEventListener');
    },
  };
}

/** Uses neither `unload` nor `beforeunload`: they can keep a page out of the back/forward cache. */
export function watchPage({ leave, show, pause, resume, shown }: PageEvents): PageWatch {
  const onVisibility = () => (isHidden() ? leave('page') : show());
  let unloading = false;
  const onUnload = () => {
    unloading = true;
  };
  const onPageHide = () => {
    navigations.cancel();
    leave('page');
    pause();
  };
  const onPageShow = () => {
    // The first `pageshow` follows the load, not a `pagehide`.
    if (unloading) {
      unloading = false;
      resume();
    }
  };
  const navigations = watchNavigations(leave);
  listen(document, 'visibilitychange', onVisibility);
  listen(globalThis, 'pagehide', onPageHide);
  // In the capture phase, so that `ending` is set before any handler of the page records something.
  listen(globalThis, 'pagehide', onUnload, { capture: true });
  listen(globalThis, 'pageshow', onPageShow);
  if (isPrerendered()) listen(document, 'prerenderingchange', shown);
  return {
    get hidden() {
      return isHidden();
    },
    get prerendered() {
      return isPrerendered();
    },
    get ending() {
      return unloading && isHidden();
    },
    beacon,
    whenIdle,
    whenLoaded,
    loaded,
    stop() {
      navigations.stop();
      unlisten(document, 'visibilitychange', onVisibility);
      unlisten(globalThis, 'pagehide', onPageHide);
      unlisten(globalThis, 'pagehide', onUnload, { capture: true });
      unlisten(globalThis, 'pageshow', onPageShow);
      unlisten(document, 'prerenderingchange', shown);
    },
  };
}
