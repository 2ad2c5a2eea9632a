// What the tracker hears of the page's life.

import type { PageState } from '../engine/host.ts';

export interface PageEvents {
  /**
   * The page may be going for good: another document was asked for, it was hidden, or it is being unloaded.
   * It may stay, or come back, and go again.
   */
  leave(): void;
  /** It is out of sight of its origin's other pages: gone, or in the back/forward cache. */
  gone(): void;
  /** It is back from there. */
  back(): void;
  /** It is seen again. */
  seen(): void;
  /** It was prerendered, and is shown now. */
  shown(): void;
}

/** Work that waits for idle time is done at the latest after so many milliseconds. */
const IDLE_MS = 500;

export interface PageWatch extends PageState {
  /** It is prerendered: nobody has seen it, and maybe nobody will. */
  readonly prerendered: boolean;
  /** Does `work` when the browser has nothing else to do, at the latest after half a second; until what is returned is called. */
  whenIdle(work: () => void): () => void;
  /**
   * Does `work` once the page is loaded and idle, and also after `latestMs` if it is still loading then; until what is
   * returned is called.
   */
  whenLoaded(work: () => void, latestMs?: number): () => void;
  /** Resolves once the page is loaded. */
  loaded(): Promise<void>;
  stop(): void;
}

function whenIdle(work: () => void): () => void {
  // Typed as always there; Safari lacks them, and a page may have made up one of them.
  if ((globalThis.requestIdleCallback as unknown) && (globalThis.cancelIdleCallback as unknown)) {
    const handle = requestIdleCallback(work, { timeout: IDLE_MS });
    return () => cancelIdleCallback(handle);
  }
  const timer = setTimeout(work, 1);
  return () => clearTimeout(timer);
}

/** Never by `unload` or `beforeunload`: they cost a page its place in the back/forward cache. */
export function watchPage({ leave, seen, gone, back, shown }: PageEvents): PageWatch {
  const onVisibility = () => {
    if (document.visibilityState === 'hidden') leave();
    else seen();
  };
  let unloading = false;
  const onUnload = () => {
    unloading = true;
  };
  let isGone = false;
  const onGone = () => {
    leave();
    isGone = true;
    gone();
  };
  const onReturn = () => {
    unloading = false;
    // Every page is shown once without having gone.
    if (isGone) back();
    isGone = false;
  };
  const onNavigate = ({ destination, downloadRequest }: NavigateEvent) => {
    // An answer that comes before the other document does spares the next page a repeat.
    if (!destination.sameDocument && downloadRequest === null) leave();
  };
  // Typed as always there; older browsers lack it, and a page may have a variable of that name.
  const navigation: Navigation | undefined = globalThis.navigation;
  navigation?.addEventListener?.('navigate', onNavigate);
  document.addEventListener('visibilitychange', onVisibility);
  addEventListener('pagehide', onGone);
  // Captured, and so ahead of every handler in which the page may record something.
  addEventListener('pagehide', onUnload, true);
  addEventListener('pageshow', onReturn);
  const { prerendering } = document as { prerendering?: boolean };
  if (prerendering) document.addEventListener('prerenderingchange', shown);
  const isHidden = () => document.visibilityState === 'hidden';
  return {
    get hidden() {
      return isHidden();
    },
    get prerendered() {
      return Boolean((document as { prerendering?: boolean }).prerendering);
    },
    get ending() {
      return unloading && isHidden();
    },
    beacon(url, body) {
      try {
        return navigator.sendBeacon(url, body);
      } catch {
        return false;
      }
    },
    whenIdle,
    whenLoaded(work, latestMs) {
      let cancel: (() => void) | undefined;
      const loaded = () => {
        cancel = whenIdle(work);
      };
      let timer: ReturnType<typeof setTimeout> | undefined;
      if (document.readyState === 'complete') loaded();
      else {
        addEventListener('load', loaded, { once: true });
        if (latestMs) timer = setTimeout(work, latestMs);
      }
      return () => {
        clearTimeout(timer);
        removeEventListener('load', loaded);
        cancel?.();
      };
    },
    loaded: () =>
      new Promise<void>((loaded) => {
        if (document.readyState === 'complete') loaded();
        else addEventListener('load', () => loaded(), { once: true });
      }),
    stop() {
      navigation?.removeEventListener?.('navigate', onNavigate);
      document.removeEventListener('visibilitychange', onVisibility);
      removeEventListener('pagehide', onGone);
      removeEventListener('pagehide', onUnload, true);
      removeEventListener('pageshow', onReturn);
      document.removeEventListener('prerenderingchange', shown);
    },
  };
}
