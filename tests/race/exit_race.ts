// One exit: events are recorded in one task, and 20 ms later the page is left or its tab closed.
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
  /** More events stored when the page was opened again; undefined when none was missing. */
  later: number | undefined;
  /** Requests with events, and their bodies, before the page was opened again. */
  requests: number;
  bytes: number;
  /** Main-thread time of handlers of the exit. */
  handlerMs: number;
}

/** Nothing more comes after so long without a request, milliseconds. */
const QUIET_MS = { fast: 800, slow: 2_000 };
/** So long a worker waits for another page, whose events join the batch, before it sends what the last one has left. */
const NEXT_PAGE_MS = 3_000;
/** … on the next visit, which may first wait and see who else is there. */
const VISIT_QUIET_MS = 2_500;
/** How that visit is opened: it is no race any more. */
const VISIT = { network: 'fast', interval: 1 } as const;

/** Recording may take a client so long, milliseconds; one of those measured slows down with every event. */
const RECORDING_MS = 15_000;

/** Undefined when the client was so slow to record the events that the page was never left. */
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

/** Each resolves to a page of the origin on which no client runs. */
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
  work.catch(() => {}); // when nobody waits for it any more
  return Promise.race([work, delay(ms, undefined, { ref: false })]);
}
