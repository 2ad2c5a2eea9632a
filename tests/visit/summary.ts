// Turns the visits of all rounds into one row for each variant: medians, less those of the page without a tracker.
import { median } from '../race/report.ts';
import type { DocumentsVisit } from './documents_visit.ts';
import type { Traffic } from './endpoint.ts';
import { CLICKS, type EventsVisit } from './events_visit.ts';

import { NONE, type Variant } from './variants.ts';
import type { Part } from './visitor.ts';

export interface Visits<T> {
  variant: Variant;
  visits: T[];
}

/** Processor time of a whole visit in milliseconds, less that of the page without a tracker. */
export interface Cost {
  script: number;
  /** All workers. */
  workers: number;
  /** Scripts of the main thread, and all workers. */
  withWorkers: number;
  mainThread: number;
  threads: number;
}

export interface EventsRow extends Cost {
  name: string;
  title: string;
  load: number;
  afterLoad: number;
  /** Microseconds for one click. */
  click: number;
  /** Bytes. */
  heap: number;
  /** Undefined without a worker. */
  worker: { load: number; afterLoad: number; click: number; heap: number | undefined } | undefined;
}

export interface DocumentsRow extends Cost, Traffic {
  name: string;
  title: string;
  hasWorker: boolean;
  /** Microseconds in the listeners of a click on a button. */
  click: number;
  /** Microseconds in the half second that begins with a click. */
  afterClick: number;
}

/** The row without a tracker has its own figures; the other rows have their difference to it. */
export function eventsRows(all: readonly Visits<EventsVisit>[]): EventsRow[] {
  const over = overNone(all);
  return all.map(({ variant: { name, title }, visits }) => {
    const of = (figure: (visit: EventsVisit) => number) => over(name, visits, figure);
    const perClick = (figure: (part: Part) => number) =>
      of(({ clicks }) => (figure(clicks) * 1000) / CLICKS);
    const heaps = visits.map(({ workerHeap }) => workerHeap).filter((bytes) => bytes !== undefined);
    return {
      name,
      title,
      load: of(({ load }) => load.script),
      afterLoad: of(({ afterLoad }) => afterLoad.script),
      click: perClick(({ script }) => script),
      ...costOf((figure) => of(({ visit }) => figure(visit))),
      heap: of(({ heap }) => heap),
      worker: visits.some(({ visit }) => visit.workers > 0)
        ? {
            load: of(({ load }) => load.workers),
            afterLoad: of(({ afterLoad }) => afterLoad.workers),
            click: perClick(({ workers }) => workers),
            heap: heaps.length > 0 ? median(heaps) : undefined,
          }
        : undefined,
    };
  });
}

export function documentsRows(all: readonly Visits<DocumentsVisit>[]): DocumentsRow[] {
  const over = overNone(all);
  return all.map(({ variant: { name, title }, visits }) => {
    const middle = (figure: (traffic: Traffic) => number) => median(visits.map(figure));
    return {
      name,
      title,
      ...costOf((figure) => over(name, visits, ({ visit }) => figure(visit))),
      click: over(name, visits, ({ click }) => click * 1000),
      afterClick: over(name, visits, ({ afterClick }) => afterClick * 1000),
      hasWorker: visits.some(({ visit }) => visit.workers > 0),
      requests: middle(({ requests }) => requests),
      preflights: middle(({ preflights }) => preflights),
      bodyBytes: middle(({ bodyBytes }) => bodyBytes),
      headerBytes: middle(({ headerBytes }) => headerBytes),
    };
  });
}

function costOf(of: (figure: (part: Part) => number) => number): Cost {
  return {
    script: of(({ script }) => script),
    workers: of(({ workers }) => workers),
    withWorkers: of(({ script, workers }) => script + workers),
    mainThread: of(({ mainThread }) => mainThread),
    threads: of(({ threads }) => threads),
  };
}

function overNone<T>(all: readonly Visits<T>[]) {
  const none = all.find(({ variant }) => variant.name === NONE);
  return (name: string, visits: readonly T[], figure: (visit: T) => number) => {
    const base = none && name !== NONE ? median(none.visits.map(figure)) : 0;
    return median(visits.map(figure)) - base;
  };
}
