// The tables of a run's results.
import { AFTER_LOAD_MS } from './events_visit.ts';
import type { ShopRow } from './shop_visit.ts';
import type { DocumentsRow, EventsRow } from './summary.ts';
import { NONE } from './variants.ts';

type Cell = string | number;

export interface Table {
  heads: string[];
  rows: Cell[][];
}

const ms = (value: number) => value.toFixed(1);
const us = (value: number) => value.toFixed(0);
const kib = (bytes: number | undefined) => (bytes === undefined ? '-' : (bytes / 1024).toFixed(0));

export function eventsTable(rows: readonly EventsRow[]): Table {
  return {
    heads: [
      'client',
      'until `load`, ms',
      `${AFTER_LOAD_MS / 1000} s after \`load\`, ms`,
      'one click, µs',
      'whole visit, ms',
      'with its workers, ms',
      'main thread, ms',
      'all threads, ms',
      'JS heap, KiB',
    ],
    rows: rows.flatMap((row) => [
      [
        titleOf(row),
        ms(row.load),
        ms(row.afterLoad),
        us(row.click),
        ms(row.script),
        ms(row.withWorkers),
        ms(row.mainThread),
        ms(row.threads),
        kib(row.heap),
      ],
      ...workerOf(row),
    ]),
  };
}

function workerOf({ worker, workers }: EventsRow): Cell[][] {
  if (!worker) return [];
  const { load, afterLoad, click, heap } = worker;
  return [['… its worker', ms(load), ms(afterLoad), us(click), ms(workers), '', '', '', kib(heap)]];
}

export function documentsTable(rows: readonly DocumentsRow[]): Table {
  return {
    heads: [
      'client',
      'listeners of a click, µs',
      '0.5 s from a click, µs',
      'script, ms',
      'with its workers, ms',
      'main thread, ms',
      'all threads, ms',
      'requests',
      'preflights',
      'bodies, bytes',
      'request headers, bytes',
    ],
    rows: rows.flatMap((row) => [
      [
        titleOf(row),
        us(row.click),
        us(row.afterClick),
        ms(row.script),
        ms(row.withWorkers),
        ms(row.mainThread),
        ms(row.threads),
        row.requests,
        row.preflights,
        row.bodyBytes,
        row.headerBytes,
      ],
      ...(row.hasWorker ? [['… its worker', '', '', ms(row.workers), ...Array(7).fill('')]] : []),
    ]),
  };
}

export function shopTable(rows: readonly ShopRow[]): Table {
  return {
    heads: [
      'host',
      'page views',
      'events',
      'requests',
      'repeats',
      'JSON, bytes',
      'sent, bytes',
      'JSON / sent',
    ],
    rows: rows.map(({ host, views, events, requests, repeats, rawBytes, sentBytes }) => [
      host,
      views,
      events,
      requests,
      repeats,
      rawBytes,
      sentBytes,
      (rawBytes / sentBytes).toFixed(1),
    ]),
  };
}

const titleOf = ({ name, title }: { name: string; title: string }) =>
  name === NONE ? `${title} (other rows: difference to this)` : title;
