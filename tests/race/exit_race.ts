// One exit: a page records events in one task; 20 ms later it is left, or its tab is closed.
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import type { Kind } from './race_events.ts';
import { Visit, type VisitSettings } from './visit.ts';

export type Exit = 'navigation' | 'close';

export interface ExitSettings extends VisitSettings {
  exit: Exit;
  events: number;
  kind?: Kind;
}

export interface ExitRun {
  /** Events stored without another visit. */
  stored: number;
  /** Events stored more than once in the end. */
  repeated: number;
  /** Events that were stored only after the page was opened again; undefined if none was missing. */
  later: number | undefined;
  /** Requests with events, and bytes of their bodies, before the page was opened again. */
  requests: number;
  bytes: number;
  /** Main-thread time of the exit's handlers. */
  handlerMs: number;
}

/** After this many milliseconds without a request, nothing more is expected. */
const QUIET_MS = { fast: 800, slow: 2_000 };
/** The worker waits this long for a next page, whose events would join the batch, before it sends. */
const NEXT_PAGE_MS = 3_000;
/** Like QUIET_MS, on the next visit: the library first asks which other engines are alive. */
const VISIT_QUIET_MS = 2_500;
/** Settings of the next visit: always fast, because it is not measured. */
const VISIT = { network: 'fast', interval: 1 } as const;

/** How long recording may take, milliseconds: one client gets slower with every event. */
const RECORDING_MS = 15_000;

/** Undefined if the client took too long to record the events, so that the page was never left. */
export async function runExit(settings: ExitSettings): Promise<ExitRun | undefined> {
  const { network, exit, events, kind = 'step' } = settings;
  const visit = await Visit.start(settings);
  try {
    const page = await visit.open();
    await page.evaluate(() => void window.exitClock.take());
    const left = await within(RECORDING_MS, exits[exit](visit, page, kind, events));
    if (!left) return undefined;
    const waits = settings.client.ours === 'worker' ? NEXT_PAGE_MS : 0;
    await visit.endpoint.quiet(QUIET_MS[network] + waits);
    const handlerMs = await left.evaluate(() => window.exitClock.take());
    const stored = (await visit.endpoint.stored()).size;
    const totals = visit.endpoint.totals;
    let later: number | undefined;
    if (stored < events) {
      await left.close();
      await visit.open(VISIT);
      await visit.endpoint.quiet(VISIT_QUIET_MS);
      later = (await visit.endpoint.stored()).size - stored;
    }
    const counts = [...(await visit.endpoint.stored()).values()];
    return {
      stored,
      repeated: counts.filter((count) => count > 1).length,
      later,
      ...totals,
      handlerMs,
    };
  } finally {
    await visit.stop();
  }
}

/** Each way to leave resolves to a page of the origin without a client. */
const exits: Record<Exit, (visit: Visit, page: Page, kind: Kind, events: number) => Promise<Page>> =
  {
    async navigation(visit, page, kind, events) {
      const leave = ([kind, events, next]: readonly [Kind, number, string]) =>
        window.race.recordAndLeave(kind, events, next);
      await page.evaluate(leave, [kind, events, visit.next] as const);
      await page.waitForURL(visit.next);
      return page;
    },
    async close(visit, page, kind, events) {
      const record = ([kind, events]: readonly [Kind, number]) =>
        window.race.record(kind, events, 0);
      await page.evaluate(record, [kind, events] as const);
      await page.close({ runBeforeUnload: false });
      return visit.openNext();
    },
  };

async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  work.catch(() => {}); // a later error must not be an unhandled rejection
  return Promise.race([work, delay(ms, undefined, { ref: false })]);
}
