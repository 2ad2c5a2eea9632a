// Entries of the browser's performance timeline, where it has them.

/** Whether the browser has entries of that kind. */
export function hasEntries(type: string): boolean {
  return Boolean(globalThis.PerformanceObserver?.supportedEntryTypes?.includes(type));
}

/** Hands on entries of a kind, those from before as well; silent where there are none. Returns what ends it. */
export function onEntries<Entry extends PerformanceEntry>(
  type: string,
  heed: (entry: Entry) => void,
  options: PerformanceObserverInit & { durationThreshold?: number } = {},
): () => void {
  if (!hasEntries(type)) return () => {};
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      try {
        heed(entry as Entry);
      } catch {
        // An observer's mistake would be an error of the page.
      }
    }
  });
  observer.observe({ type, buffered: true, ...options });
  return () => observer.disconnect();
}

/** Epoch milliseconds of what the timeline's clock says. */
export function timeOf(startTime: number): number {
  return Math.round(Date.now() - performance.now() + startTime);
}
