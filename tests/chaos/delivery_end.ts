// Waits until delivery has ended: nothing new arrives, and the browser keeps nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { Collector } from '../collector/collector_process.ts';
import type { Kept } from './visitor.ts';

/** If all events are stored: delivery has ended when nothing has arrived for this long. */
const QUIET_MS = 2_000;
/** The same if events are missing and the browser keeps none. */
const LOST_QUIET_MS = 5_000;
const POLL_MS = 250;

/** Markers of all stored events. */
export async function storedMarkers(collector: Collector): Promise<string[]> {
  const markers: string[] = [];
  for (let after = 0; ; ) {
    const logs = await collector.logs({ after, limit: 10_000 });
    const last = logs.at(-1);
    if (last === undefined) return markers;
    markers.push(...logs.map(({ m }) => String(m)));
    after = last.__id__;
  }
}

/**
 * Resolves when all `expected` markers are stored and no more requests come, or when the browser keeps nothing, or
 * after `deadline` milliseconds.
 */
export async function deliveryEnd(
  collector: Collector,
  requests: () => number,
  kept: () => Promise<Kept>,
  expected: readonly string[],
  deadline: number,
): Promise<{ markers: string[]; kept: Kept; late: boolean }> {
  const since = Date.now();
  let state = '';
  let changed = since;
  for (;;) {
    const markers = await storedMarkers(collector);
    const now = Date.now();
    const seen = `${markers.length} ${requests()}`;
    if (seen !== state) changed = now;
    state = seen;
    const stored = new Set(markers);
    const complete = expected.every((marker) => stored.has(marker));
    const left = await kept();
    const quiet = now - changed;
    const over = complete ? quiet > QUIET_MS : quiet > LOST_QUIET_MS && left.records === 0;
    const late = now - since > deadline;
    if (over || late) return { markers, kept: left, late: late && !over };
    await delay(POLL_MS);
  }
}
