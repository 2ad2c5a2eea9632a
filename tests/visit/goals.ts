// What this library has to reach, and whether it has.
import type { ShopRow } from './shop_visit.ts';
import type { DocumentsRow, EventsRow } from './summary.ts';

export interface Results {
  browser: string;
  rounds: number;
  throttle: number;
  events: EventsRow[];
  documents: DocumentsRow[];
  shop: ShopRow[];
}

export interface Goal {
  name: string;
  is: number;
  /** At most. */
  limit: number;
  met: boolean;
}

type Figure<Row> = (row: Row) => number;

const bytesOf = ({ bodyBytes, headerBytes }: DocumentsRow) => bodyBytes + headerBytes;

/** The goals whose rows are there; there is none for a slow processor. */
export function goalsOf({ throttle, events, documents, shop }: Results): Goal[] {
  if (throttle > 1) return [];
  const goals: Goal[] = [];
  const add = (name: string, is: number | undefined, limit: number) => {
    if (is !== undefined) goals.push({ name, is, limit, met: is <= limit });
  };
  const event = (figure: Figure<EventsRow>, peer: string, ours?: string) =>
    ratio(events, figure, peer, ours);
  const document = (figure: Figure<DocumentsRow>, peer: string) => ratio(documents, figure, peer);
  const heap = events.find(({ name }) => name === 'webtrack')?.heap;

  add(
    'events only: script of the visit, of Faro’s',
    event(({ script }) => script, 'faro'),
    0.1,
  );
  add(
    'events only: script of the visit, of the vendor’s',
    event(({ script }) => script, 'vendor'),
    4,
  );
  add(
    'events only: script until load, of Faro’s',
    event(({ load }) => load, 'faro'),
    0.05,
  );
  add(
    'events only: script of a click, of Faro’s',
    event(({ click }) => click, 'faro'),
    0.2,
  );
  add('events only: JS heap, KiB', heap === undefined ? undefined : heap / 1024, 150);
  add(
    'events only, in the page: script of the visit, of Faro’s',
    event(({ script }) => script, 'faro', 'webtrack-page'),
    0.3,
  );
  add(
    'three documents: script, of Faro’s',
    document(({ script }) => script, 'faro'),
    0.5,
  );
  add('three documents: requests', documents.find(({ name }) => name === 'webtrack')?.requests, 4);
  add('three documents: bodies and headers, of PostHog’s', document(bytesOf, 'posthog'), 0.8);
  for (const { host, requests, views, repeats, rawBytes, sentBytes } of shop) {
    const row = (figure: string) => `demo shop, engine in the ${host}: ${figure}`;
    add(row('requests of a page view'), requests / views, 1);
    add(row('sent, of the JSON'), sentBytes / rawBytes, 1 / 3);
    add(row('repeats'), repeats, 0);
  }
  return goals;
}

/** Undefined where one of the two was not run. */
function ratio<Row extends { name: string }>(
  rows: readonly Row[],
  figure: Figure<Row>,
  peer: string,
  ours = 'webtrack',
): number | undefined {
  const row = rows.find(({ name }) => name === ours);
  const other = rows.find(({ name }) => name === peer);
  return row && other && figure(row) / figure(other);
}
