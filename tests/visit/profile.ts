// Where the script time of this library goes on a cold page: samples of the main thread, by source file.
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readDocument } from './documents_visit.ts';
import { AFTER_LOAD_MS, click } from './events_visit.ts';
import { type CallFrame, type Profile, Visitor, type VisitSettings } from './visitor.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** Smaller steps make the sampled code much slower. */
const SAMPLE_US = 100;
/** Sources with a smaller share are added up. */
const LEAST_SHARE = 0.015;
const OTHERS = 'all others';

export const PROFILED = ['events', 'documents'] as const;

/** Milliseconds by source file. */
export type Times = Map<string, number>;

/** Samples a visit to the page that only sends events, or to the first of the three documents. */
export async function profileVisit(
  kind: (typeof PROFILED)[number],
  settings: VisitSettings,
): Promise<Times> {
  const visitor = await Visitor.start(settings);
  try {
    const stop = await visitor.sample(SAMPLE_US);
    if (kind === 'events') {
      await visitor.open('/events');
      await delay(AFTER_LOAD_MS);
      await click(visitor.page);
    } else {
      await visitor.open('/documents/1');
      await readDocument(visitor.page);
    }
    return timesOf(await stop());
  } finally {
    await visitor.stop();
  }
}

/** A row for each source file: its share of all visits of each kind, in percent. */
export function profileTable(visits: Readonly<Record<string, readonly Times[]>>) {
  const columns = PROFILED.map((kind) => sharesOf(visits[kind] ?? []));
  const least = (source: string) => Math.max(...columns.map((shares) => shares.get(source) ?? 0));
  const sources = [...new Set(columns.flatMap((shares) => [...shares.keys()]))]
    .filter((source) => least(source) >= LEAST_SHARE)
    .sort((a, b) => least(b) - least(a));
  const percent = (share = 0) => (100 * share).toFixed(1);
  const rest = (shares: Times) =>
    [...shares].reduce((sum, [source, share]) => (sources.includes(source) ? sum : sum + share), 0);
  return {
    heads: ['source', 'events only, %', 'three documents, %'],
    rows: [
      ...sources.map((source) => [source, ...columns.map((shares) => percent(shares.get(source)))]),
      [OTHERS, ...columns.map((shares) => percent(rest(shares)))],
    ],
  };
}

function sharesOf(visits: readonly Times[]): Times {
  const shares: Times = new Map();
  const total = visits.flatMap((times) => [...times.values()]).reduce((sum, ms) => sum + ms, 0);
  for (const times of visits) {
    for (const [source, ms] of times) shares.set(source, (shares.get(source) ?? 0) + ms / total);
  }
  return shares;
}

/** Functions of the browser count for the source that called them. */
function timesOf({ nodes, samples = [], timeDeltas = [] }: Profile): Times {
  const sources = new Map<number, string | undefined>();
  const sourceOf = new Sources();
  // A parent comes before its children.
  for (const { id, callFrame, children } of nodes) {
    const { url, functionName } = callFrame;
    const source = url === '' ? sources.get(id) : sourceOf.find(callFrame);
    if (functionName === '(garbage collector)') sources.set(id, 'garbage collection');
    else sources.set(id, source);
    for (const child of children ?? []) sources.set(child, sources.get(id));
  }
  const times: Times = new Map();
  samples.forEach((id, at) => {
    const source = sources.get(id);
    const ms = (timeDeltas[at + 1] ?? 0) / 1000;
    if (source) times.set(source, (times.get(source) ?? 0) + ms);
  });
  return times;
}

/** Finds the source file of a position in a file of dist/. */
class Sources {
  readonly #maps = new Map<string, SourceMap>();

  /** Undefined for scripts of the test's own page. */
  find({ url, lineNumber, columnNumber }: CallFrame): string | undefined {
    if (!url.includes('/webtrack/')) return undefined;
    const entry = this.#mapOf(basename(url)).findEntry(lineNumber, columnNumber);
    // The code around all modules has no source of its own.
    const source = 'originalSource' in entry ? entry.originalSource : basename(url);
    return source.replace(/^.*(js\/src|node_modules)\/|^factory:/, '');
  }

  #mapOf(file: string): SourceMap {
    const map =
      this.#maps.get(file) ??
      new SourceMap(JSON.parse(readFileSync(`${dist}/${file}.map`, 'utf8')));
    this.#maps.set(file, map);
    return map;
  }
}
