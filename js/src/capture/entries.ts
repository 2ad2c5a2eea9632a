// Reads entries of the browser's performance timeline.

import { bare, clock, wallClock } from '../natives.ts';

/** Whether the browser supports entries of this type. */
export function hasEntries(type: string): boolean {
  return Boolean(globalThis.PerformanceObserver?.supportedEntryTypes?.includes(type));
}

/**
 * Calls `listener` for each entry of a type, by default also for earlier ones. Does nothing if the browser does not
 * support the type. The returned function stops it.
 */
export function onEntries<Entry extends PerformanceEntry>(
  type: string,
  listener: (entry: Entry) => void,
  options: PerformanceObserverInit & { durationThreshold?: number } = {},
): () => void {
  if (!hasEntries(type)) return () => {};
  const observer = new globalThis.PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      try {
        listener(entry as Entry);
      } catch {
        // An error in an observer would surface as an error of the page.
      }
    }
  });
  observer.observe(bare({ type, buffered: true, ...options }));
  return () => observer.disconnect();
}

/** Converts a time of the performance timeline to epoch milliseconds. */
export function timeOf(startTime: number): number {
  return Math.round(wallClock() - clock() + startTime);
}
