// The SQLite queries of js/DELIVERY.md, on what a real collector has stored.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';

const text = readFileSync(new URL('../../js/DELIVERY.md', import.meta.url), 'utf8');
const queries = Array.from(text.matchAll(/```sql\n([^`]+)```/g), ([, sql]) => sql as string);

let collector: Collector;

beforeAll(async () => {
  collector = await startCollector({ args: ['--logstore', 'web', '--quiet'] });
  // Whole, then its second half again, as after an answer that was lost and one that asked for halves.
  await store('tab1-0', [0, 1, 2, 3]);
  await store('tab1-0.1', [2, 3]);
  await store('tab1-0', [0, 1, 2, 3]);
  await store('tab1-2', [6, 7], 'rejected:1');
  await store('tab1-3', [9], 'rejected:1,too_large:1');
  await store('tab2-0', [0, 1]);
  // By ways that have no tags, and by somebody else.
  await fetch(`${collector.trackUrl}.gif?APIVersion=0.6.0&event=step&seq=2&batch_id=tab2-1`);
  await fetch(`${collector.trackUrl}.gif?APIVersion=0.6.0&event=page_view`);
});

afterAll(() => collector.stop());

async function store(batchId: string, seqs: readonly number[], dropped?: string) {
  const body = {
    __logs__: seqs.map((seq) => ({ event: 'step', seq: String(seq) })),
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

test('repeats are removed by tracker and seq', () => {
  expect(collector.db).toBeTruthy();
  const logs = rows(queries[0]).map(({ log }) => JSON.parse(String(log)));
  const batchOf = (log: Record<string, string>) => log['__tag__:batch_id'] ?? log.batch_id;
  const ids = logs.map((log) => `${batchOf(log)?.split('-')[0]} ${log.seq}`);
  expect(ids.sort()).toEqual([
    ...[0, 1, 2, 3, 6, 7, 9].map((seq) => `tab1 ${seq}`),
    'tab2 0',
    'tab2 1',
    'tab2 2',
  ]);
});

test('gaps are counted', () => {
  expect(rows(queries[1])).toEqual([{ tracker: 'tab1', missing: 3 }]);
});

test('the last word on losses is found', () => {
  expect(rows(queries[2])).toEqual([
    { tracker: 'tab1', dropped: 'rejected:1,too_large:1', seq: 9 },
  ]);
});
