// What the tracker hears of the page's life.

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
  /** It was prerendered, and is shown now. */
  shown(): void;
}

export interface PageWatch {
  /** Nobody sees the page; it may end without another word. */
  readonly hidden: boolean;
  /** It is prerendered: nobody has seen it, and maybe nobody will. */
  readonly prerendered: boolean;
  /** It is hidden and being unloaded as well: nothing comes after. */
  readonly ending: boolean;
  /**
   * Does `work` when the browser has nothing else to do, at the latest after `latestMs`; until what is returned is called.
   * `hasTime`: whether there is still nothing else, or no more time to wait.
   */
  whenIdle(work: (hasTime: () => boolean) => void, latestMs: number): () => void;
  stop(): void;
}

/** Never by `unload` or `beforeunload`: they cost a page its place in the back/forward cache. */
export function watchPage({ leave, gone, back, shown }: PageEvents): PageWatch {
  const onVisibility = () => {
    if (document.visibilityState === 'hidden') leave();
  };
  let unloading = false;
  const onUnload = () => {
    unloading = true;
  };
  const onGone = () => {
    leave();
    gone();
  };
  const onReturn = () => {
    unloading = false;
    back();
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
  document.addEventListener('prerenderingchange', shown);
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
    whenIdle(work, latestMs) {
      // Typed as always there; Safari lacks them, and a page may have made up one of them.
      if (
        (globalThis.requestIdleCallback as unknown) &&
        (globalThis.cancelIdleCallback as unknown)
      ) {
        const handle = requestIdleCallback(
          // One that a page has made up may tell nothing.
          (deadline?: IdleDeadline) =>
            work(() => !deadline || deadline.didTimeout || deadline.timeRemaining() > 0),
          { timeout: latestMs },
        );
        return () => cancelIdleCallback(handle);
      }
      const timer = setTimeout(work, 1, () => true);
      return () => clearTimeout(timer);
    },
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
