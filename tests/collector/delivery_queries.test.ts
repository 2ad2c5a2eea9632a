// The SQLite queries of docs/delivery.md, on what a real collector has stored.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';

const text = readFileSync(new URL('../../docs/delivery.md', import.meta.url), 'utf8');
const queries = Array.from(text.matchAll(/```sql\n([^`]+)```/g), ([, sql]) => sql as string);

let collector: Collector;

/** An event: the load of its page, which version 0.1.0 did not say, and its number there. */
type Step = readonly [page: string | undefined, seq: number];

beforeAll(async () => {
  collector = await startCollector({ args: ['--logstore', 'web', '--quiet'] });
  await storeOldVersion();
  // Two pages in one batch, of which one half comes again.
  await store('engine-0', [
    ['a', 0],
    ['a', 1],
    ['b', 0],
    ['b', 1],
  ]);
  await store('engine-0.1', [
    ['b', 0],
    ['b', 1],
  ]);
  await store('engine-2', [['a', 5]], 'rejected:2');
  // Batches of high priority have lower numbers than others that were sealed before.
  await store('engine-1', [['a', 6]], 'rejected:2,expired:7');
  // Left before there was an engine, and once more in the copy of one that died.
  await store('c-0', [['c', 0]]);
  await store('other-0.open', [
    ['c', 0],
    ['c', 1],
  ]);
  // Without an identity.
  await store('engine-3', [['d', Number.NaN]]);
});

/** As version 0.1.0 did. */
async function storeOldVersion() {
  const steps = (...seqs: number[]) => seqs.map((seq): Step => [undefined, seq]);
  // Whole, then its second half again, as after an answer that was lost and one that asked for halves.
  await store('tab1-0', steps(0, 1, 2, 3));
  await store('tab1-0.1', steps(2, 3));
  await store('tab1-0', steps(0, 1, 2, 3));
  await store('tab1-2', steps(6, 7), 'rejected:1');
  await store('tab1-3', steps(9), 'rejected:1,too_large:1');
  await store('tab2-0', steps(0, 1));
  // By ways that have no tags, and by somebody else.
  await fetch(`${collector.trackUrl}.gif?APIVersion=0.6.0&event=step&seq=2&batch_id=tab2-1`);
  await fetch(`${collector.trackUrl}.gif?APIVersion=0.6.0&event=page_view`);
}

afterAll(() => collector.stop());

let now = 1_767_225_600_000;

async function store(batchId: string, steps: readonly Step[], dropped?: string) {
  const body = {
    __logs__: steps.map(([page, seq]) => ({
      event: 'step',
      ts: String(now++),
      ...(seq >= 0 && { seq: String(seq) }),
      ...(page && { page_load_id: page }),
    })),
    __tags__: { batch_id: batchId, ...(dropped && { dropped }) },
  };
  const answer = await fetch(collector.trackUrl, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

function rows(query: string | undefined): Record<string, unknown>[] {
  if (query === undefined) throw new Error('the document has no such query');
  const printed = execFileSync('sqlite3', ['-readonly', '-json', collector.db, query], {
    encoding: 'utf8',
  });
  return JSON.parse(printed || '[]');
}

test('repeats are removed by page load and number', () => {
  expect(collector.db).toBeTruthy();
  const logs = rows(queries[0]).map(({ log }) => JSON.parse(String(log)));
  const batchOf = (log: Record<string, string>) => log['__tag__:batch_id'] ?? log.batch_id;
  const ids = logs.map((log) => `${log.page_load_id ?? batchOf(log)?.split('-')[0]} ${log.seq}`);
  expect(ids.sort()).toEqual([
    ...['a 0', 'a 1', 'a 5', 'a 6', 'b 0', 'b 1', 'c 0', 'c 1'],
    ...[0, 1, 2, 3, 6, 7, 9].map((seq) => `tab1 ${seq}`),
    ...['tab2 0', 'tab2 1', 'tab2 2'],
  ]);
});

test('gaps are counted', () => {
  expect(rows(queries[1])).toEqual([
    { page: 'a', missing: 3 },
    { page: 'tab1', missing: 3 },
  ]);
});

test('the last word on losses is found', () => {
  expect(rows(queries[2])).toMatchObject([
    { batcher: 'engine', dropped: 'rejected:2,expired:7' },
    { batcher: 'tab1', dropped: 'rejected:1,too_large:1' },
  ]);
});
