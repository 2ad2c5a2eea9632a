// This library's goals, and whether it meets them.
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

/** The goals for which there are rows. With a throttled processor there are none. */
export function goalsOf({ throttle, events, documents, shop }: Results): Goal[] {
  if (throttle > 1) return [];
  const goals: Goal[] = [];
  const add = (name: string, is: number | undefined, limit: number) => {
    if (is !== undefined) goals.push({ name, is, limit, met: is <= limit });
  };
  const event = (figure: Figure<EventsRow>, peer: string, ours?: string) =>
    ratio(events, figure, peer, ours);
  const document = (figure: Figure<DocumentsRow>, peer: string) => ratio(documents, figure, peer);
  const own = documents.find(({ name }) => name === 'webtrack');
  const heap = events.find(({ name }) => name === 'webtrack')?.heap;

  add(
    'events only: script of the visit / Faro’s',
    event(({ script }) => script, 'faro'),
    0.1,
  );
  add(
    'events only: script of the visit / the vendor SDK’s',
    event(({ script }) => script, 'vendor'),
    4,
  );
  add(
    'events only: script until load / Faro’s',
    event(({ load }) => load, 'faro'),
    0.05,
  );
  add(
    'events only: script of a click / Faro’s',
    event(({ click }) => click, 'faro'),
    0.2,
  );
  add('events only: JS heap, KiB', heap === undefined ? undefined : heap / 1024, 150);
  add(
    'events only, in the page: script of the visit / Faro’s',
    event(({ script }) => script, 'faro', 'webtrack-page'),
    0.3,
  );
  add(
    'three documents: script / Faro’s',
    document(({ script }) => script, 'faro'),
    0.5,
  );
  add('three documents: listeners of a click, µs', own?.click, 100);
  add('three documents: requests', own?.requests, 4);
  add('three documents: bodies and headers / PostHog’s', document(bytesOf, 'posthog'), 0.8);
  for (const { host, requests, views, repeats, rawBytes, sentBytes } of shop) {
    const row = (figure: string) => `demo shop, engine in the ${host}: ${figure}`;
    add(row('requests / page views'), requests / views, 1);
    add(row('sent bytes / bytes of JSON'), sentBytes / rawBytes, 1 / 3);
    add(row('repeats'), repeats, 0);
  }
  return goals;
}

/** Undefined if one of the two did not run. */
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
