// The race's results as tables.

import type { Capacity } from './capacity.ts';
import type { ExitRun } from './exit_race.ts';
import type { FetchLater } from './fetch_later.ts';
import type { ExitResult, OutageResult } from './main.ts';

export interface Table {
  heads: string[];
  rows: (string | number)[][];
}

/** For a cell that was not run or tells nothing. */
const NONE = '-';

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The worst run: `60` stored, `36 (36 twice)`, or `0 (+20)` if the next visit brought 20 more. */
export function summaryOf(runs: readonly ExitRun[]): string {
  const [worst] = [...runs].sort((a, b) => a.stored - b.stored || b.repeated - a.repeated);
  if (!worst) return NONE;
  const { stored, later = 0, repeated } = worst;
  const notes = [later > 0 && `+${later}`, repeated > 0 && `${repeated} twice`].filter(Boolean);
  return `${stored}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

/** Events stored for each client and cell, by kind of exit; time and bytes of exits by navigation. */
export function exitTables(
  results: readonly ExitResult[],
): Record<'stored' | 'closed' | 'cost', Table> {
  const left = results.filter(({ exit }) => exit === 'navigation');
  const closed = results.filter(({ exit }) => exit === 'close');
  const stored = ({ events, network }: ExitResult): [string, Show][] => [
    [`${events} ${network}`, ({ runs }) => summaryOf(runs)],
  ];
  const cost = ({ events }: ExitResult): [string, Show][] => [
    [`${events}: ms`, ({ runs }) => median(runs.map((run) => run.handlerMs)).toFixed(1)],
    [`bytes`, ({ runs }) => median(runs.map((run) => run.bytes))],
  ];
  const fast = left.filter(({ network }) => network === 'fast');
  return {
    stored: tableOf(left, stored),
    closed: tableOf(closed, stored),
    cost: tableOf(fast, cost),
  };
}

type Show = (result: ExitResult) => string | number;

/** A row for each client; for each kind of cell, the columns that `columnsOf` returns. */
function tableOf(
  results: readonly ExitResult[],
  columnsOf: (result: ExitResult) => [string, Show][],
): Table {
  const keyOf = ({ events, network }: ExitResult) => `${events} ${network}`;
  const kinds = new Map(results.map((result) => [keyOf(result), columnsOf(result)]));
  const titles = [...new Set(results.map(({ client }) => client.title))];
  return {
    heads: ['client', ...[...kinds.values()].flat().map(([head]) => head)],
    rows: titles.map((title) => [
      title,
      ...[...kinds].flatMap(([key, columns]) => {
        const result = results.find((one) => one.client.title === title && keyOf(one) === key);
        return columns.map(([, show]) => (result?.runs.length ? show(result) : NONE));
      }),
    ]),
  };
}

export function fetchLaterTable({ arrived, renewal, track }: FetchLater): Table {
  const rows = Object.entries(arrived).map(([end, came]) => [end, came ? 'arrives' : 'is lost']);
  const cost = `takes ${renewal.toFixed(0)} µs, ${(renewal / track).toFixed(0)} times as long as to record an event`;
  return {
    heads: ['fetchLater', 'a deferred request'],
    rows: [...rows, ['to replace it by a new one', cost]],
  };
}

export function capacityTable({ flood, ours, plain, tooMany }: Capacity): Table {
  const runs = [flood, ours, plain, tooMany].filter((run) => run !== undefined);
  return {
    heads: ['one exit', 'events', 'stored', 'requests', 'body bytes', 'handlers, ms'],
    rows: runs.map(({ title, events, stored, requests, bytes, handlerMs }) => [
      title,
      events,
      stored,
      requests,
      bytes,
      handlerMs.toFixed(1),
    ]),
  };
}

/** Events stored for each client and outage. */
export function outageTable(results: readonly OutageResult[]): Table {
  const outages = [...new Set(results.map(({ outage }) => outage.title))];
  const titles = [...new Set(results.map(({ client }) => client.title))];
  const cell = (title: string, outage: string) => {
    const result = results.find((one) => one.client.title === title && one.outage.title === outage);
    if (!result || result.failures === 0) return NONE;
    const { stored, repeated } = result;
    return `${stored}${repeated > 0 ? ` (${repeated} twice)` : ''}`;
  };
  return {
    heads: ['client', ...outages],
    rows: titles.map((title) => [title, ...outages.map((outage) => cell(title, outage))]),
  };
}
