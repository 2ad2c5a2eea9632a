// The data of the views: totals, counts, and a limited number of the newest logs and batches.

import { type Batch, CAPTURED, CAPTURED_LOGS, type History, type StoredLog } from './api.ts';

const RECENT_LOGS = 500;
const RECENT_BATCHES = 100;
const RECENT_ERRORS = 50;
const POINTS = 20_000;

export const UNNAMED = '(no event)';

/** One accepted batch on the time axis. */
export interface Point {
  seconds: number;
  raw: number;
  wire: number;
}

export class Model {
  /** Increases with each new history. A view must then discard what it has shown before. */
  generation = 0;
  logs = 0;
  batches = 0;
  repeated = 0;
  refused = 0;
  rawBytes = 0;
  wireBytes = 0;
  /** Logs per event name. */
  counts = new Map<string, number>();
  /** Oldest first, like all arrays below. */
  recentLogs: StoredLog[] = [];
  captured: History['captured'] = { page_view: [], engagement: [], web_vital: [] };
  recentBatches: Batch[] = [];
  recentErrors: Batch[] = [];
  points: Point[] = [];

  reset({ summary, logs, captured, batches, errors }: History): void {
    this.generation++;
    this.logs = summary.logs;
    this.batches = summary.batches;
    this.repeated = summary.repeated;
    this.refused = summary.errors;
    this.rawBytes = summary.raw_bytes;
    this.wireBytes = summary.wire_bytes;
    this.counts = new Map(summary.events.map(({ event, count }) => [event || UNNAMED, count]));
    this.recentLogs = logs.slice(0, RECENT_LOGS).reverse();
    for (const event of CAPTURED) this.captured[event] = captured[event].reverse();
    this.recentBatches = batches.slice(0, RECENT_BATCHES).reverse();
    this.recentErrors = errors.slice(0, RECENT_ERRORS).reverse();
    this.points = batches.filter(accepted).map(point).reverse();
  }

  addBatch(batch: Batch): void {
    this.batches++;
    this.repeated += batch.repeated;
    append(this.recentBatches, batch, RECENT_BATCHES);
    if (!accepted(batch)) {
      this.refused++;
      append(this.recentErrors, batch, RECENT_ERRORS);
      return;
    }
    this.rawBytes += batch.raw_bytes;
    this.wireBytes += batch.wire_bytes;
    append(this.points, point(batch), POINTS);
  }

  addLog(log: StoredLog): void {
    this.logs++;
    const event = eventOf(log);
    this.counts.set(event, (this.counts.get(event) ?? 0) + 1);
    append(this.recentLogs, log, RECENT_LOGS);
    for (const name of CAPTURED) {
      if (name === event) append(this.captured[name], log, CAPTURED_LOGS);
    }
  }
}

export function eventOf(log: StoredLog): string {
  return String(log.event || UNNAMED);
}

/** The last time that a Date can hold, 275760-09-13, in epoch milliseconds. */
const LAST_TIME = 8.64e15;

/**
 * Returns the time by the page's clock (`ts`), or else the arrival, in epoch milliseconds. Anybody can store a log with
 * any `ts`.
 */
export function timeOf(log: StoredLog): number {
  const happened = Number(log.ts);
  return happened > 0 && happened <= LAST_TIME ? happened : Number(log.__time__) * 1000;
}

export function accepted(batch: Batch): boolean {
  return batch.status >= 200 && batch.status < 300;
}

function point(batch: Batch): Point {
  return { seconds: batch.received_ms / 1000, raw: batch.raw_bytes, wire: batch.wire_bytes };
}

/** Appends an item and keeps `limit` items. Lets the list grow by a quarter first, so that it is cut rarely. */
function append<T>(list: T[], item: T, limit: number): void {
  list.push(item);
  if (list.length > limit * 1.25) list.splice(0, list.length - limit);
}
