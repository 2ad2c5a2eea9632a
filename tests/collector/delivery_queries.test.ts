// Runs the SQLite queries of docs/delivery.md on the database of a real collector.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';

const text = readFileSync(new URL('../../docs/delivery.md', import.meta.url), 'utf8');
const queries = Array.from(text.matchAll(/```sql\n([^`]+)```/g), ([, sql]) => sql as string);

let collector: Collector;

/** An event: its page load, which version 0.1.0 did not record, and its `seq` in that page load. */
type Step = readonly [page: string | undefined, seq: number];

beforeAll(async () => {
  collector = await startCollector({ args: ['--logstore', 'web', '--quiet'] });
  await storeOldVersion();
  // One batch has events of two pages. Its second half is sent again.
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
  // A batch of high priority can have a lower number than a batch that was sealed earlier.
  await store('engine-1', [['a', 6]], 'rejected:2,expired:7');
  // An event that was sent before the engine started, and again in the saved copy of an engine that died.
  await store('c-0', [['c', 0]]);
  await store('other-0.open', [
    ['c', 0],
    ['c', 1],
  ]);
  // An event without `seq`.
  await store('engine-3', [['d', Number.NaN]]);
});

/** Stores batches as version 0.1.0 sent them. */
async function storeOldVersion() {
  const steps = (...seqs: number[]) => seqs.map((seq): Step => [undefined, seq]);
  // A batch, then its second half, then the batch again: retries after a lost answer and a split.
  await store('tab1-0', steps(0, 1, 2, 3));
  await store('tab1-0.1', steps(2, 3));
  await store('tab1-0', steps(0, 1, 2, 3));
  await store('tab1-2', steps(6, 7), 'rejected:1');
  await store('tab1-3', steps(9), 'rejected:1,too_large:1');
  await store('tab2-0', steps(0, 1));
  // Requests by GET, which have no tags. The second one is not from the library.
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
  if (query === undefined) throw new Error('the query is missing in docs/delivery.md');
  const printed = execFileSync('sqlite3', ['-readonly', '-json', collector.db, query], {
    encoding: 'utf8',
  });
  return JSON.parse(printed || '[]');
}

test('the first query removes repeated events by page load and seq', () => {
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

test('the second query counts missing events', () => {
  expect(rows(queries[1])).toEqual([
    { page: 'a', missing: 3 },
    { page: 'tab1', missing: 3 },
  ]);
});

test('the third query finds the last loss report of each batcher', () => {
  expect(rows(queries[2])).toMatchObject([
    { batcher: 'engine', dropped: 'rejected:2,expired:7' },
    { batcher: 'tab1', dropped: 'rejected:1,too_large:1' },
  ]);
});
