// The last stored numbers of batchers and recorders.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDatabase, transact } from '../../../../js/src/engine/outbox/database.ts';
import { putProgress, readProgress } from '../../../../js/src/engine/outbox/progress.ts';

let db: IDBDatabase;

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  db = await openDatabase(() => {});
});

afterEach(() => {
  db.close();
  vi.unstubAllGlobals();
});

async function progressOf(owner: string, rank?: 'high' | 'normal'): Promise<number | undefined> {
  let last: number | undefined;
  await transact(db, (_, open) =>
    readProgress(
      open,
      owner,
      (number) => {
        last = number;
      },
      rank,
    ),
  );
  return last;
}

test('each owner has a number for each rank, and -1 before the first', async () => {
  await transact(db, (_, open) => {
    putProgress(open, new Map([['one', 7]]));
    putProgress(open, new Map([['one', 2]]), 'high');
  });
  expect(await progressOf('one')).toBe(7);
  expect(await progressOf('one', 'normal')).toBe(7);
  expect(await progressOf('one', 'high')).toBe(2);
  expect(await progressOf('other')).toBe(-1);
});

test('a damaged number counts as none', async () => {
  await transact(db, (_, open) => void open.put({ number: 'x' }, ['one', 'noted', 'normal']));
  expect(await progressOf('one')).toBe(-1);
});
