// The only watcher of the page's life.

export interface PageWatch {
  /** Nobody sees the page; it may end without another word. */
  readonly hidden: boolean;
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
  document.addEventListener('visibilitychange', onVisibility);
  addEventListener('pagehide', leave);
  return {
    get hidden() {
      return document.visibilityState === 'hidden';
    },
    stop() {
      document.removeEventListener('visibilitychange', onVisibility);
      removeEventListener('pagehide', leave);
    },
  };
}
