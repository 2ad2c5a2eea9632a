// The only watcher of the page's life.

export interface PageWatch {
  /** Nobody sees the page; it may end without another word. */
  readonly hidden: boolean;
  /** It is hidden and being unloaded as well: nothing comes after. */
  readonly ending: boolean;
  stop(): void;
}

/**
 * Calls `leave` whenever the page may be going for good: it was hidden, or is being unloaded. It may come
 * back, and `leave` may be called again. Never `unload` or `beforeunload`: they cost a page its place in
 * the back/forward cache.
 */
export function watchPage(leave: () => void): PageWatch {
  const onVisibility = () => {
    if (document.visibilityState === 'hidden') leave();
  };
  let unloading = false;
  const onUnload = () => {
    unloading = true;
  };
  const onReturn = () => {
    unloading = false;
  };
  document.addEventListener('visibilitychange', onVisibility);
  addEventListener('pagehide', leave);
  // Captured, and so ahead of every handler in which the page may record something.
  addEventListener('pagehide', onUnload, true);
  addEventListener('pageshow', onReturn);
  const isHidden = () => document.visibilityState === 'hidden';
  return {
    get hidden() {
      return isHidden();
    },
    get ending() {
      return unloading && isHidden();
    },
    stop() {
      document.removeEventListener('visibilitychange', onVisibility);
      removeEventListener('pagehide', leave);
      removeEventListener('pagehide', onUnload, true);
      removeEventListener('pageshow', onReturn);
    },
  };
}
