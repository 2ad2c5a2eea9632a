// The repair of the database: what the browser has lost is deleted, and nothing else.
import { IDBFactory, IDBKeyRange, IDBObjectStore } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  openDatabase,
  repairedDatabase,
  transact,
} from '../../../../js/src/engine/outbox/database.ts';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const never = () => {
  throw new Error('opened late');
};

async function keys(): Promise<IDBValidKey[]> {
  const db = await openDatabase(never);
  let found: IDBValidKey[] = [];
  await transact(db, (sealed) => {
    sealed.getAllKeys().onsuccess = ({ target }) => {
      found = (target as IDBRequest<IDBValidKey[]>).result;
    };
  });
  db.close();
  return found;
}

/** Stores three records. Reading the second one fails with this error, and aborts the transaction as in Chromium. */
async function failToRead(error: string): Promise<void> {
  const db = await openDatabase(never);
  await transact(db, (sealed) => {
    for (const key of ['first', 'second', 'third']) sealed.put({ key }, key);
  });
  db.close();
  const { get } = IDBObjectStore.prototype;
  vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementation(function (
    this: IDBObjectStore,
    key,
  ) {
    if (key !== 'second') return get.call(this, key);
    const request = { error: new DOMException('cannot read', error) } as IDBRequest;
    queueMicrotask(() => {
      request.onerror?.(new Event('error'));
      this.transaction.abort();
    });
    return request;
  });
}

test('a record that is lost for good is deleted, and no other', async () => {
  await failToRead('NotReadableError');
  (await repairedDatabase()).close();
  expect(await keys()).toEqual(['first', 'third']);
});

test('an error that may pass deletes nothing, and ends the repair', async () => {
  await failToRead('UnknownError');
  await expect(repairedDatabase()).rejects.toThrow();
  expect(await keys()).toEqual(['first', 'second', 'third']);
});
