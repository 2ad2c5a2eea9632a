// The database of the outbox: opens it, and runs transactions, each within a bound of our own.

import { Promise } from '../../natives.ts';
import { within } from '../bounded.ts';

export const BATCHES = 'batches';
export const OPEN = 'open';
export const LEASES = 'leases';
const STORES = [BATCHES, OPEN, LEASES];

/** Some browsers leave the database neither open nor failed: https://bugs.webkit.org/show_bug.cgi?id=226547 */
const OPEN_MS = 3_000;
const TRANSACTION_MS = 20_000;

/** What a transaction does with the stores `batches`, `open` and `leases`. */
export type Work = (sealed: IDBObjectStore, open: IDBObjectStore, leases: IDBObjectStore) => void;

/**
 * Opens the database. Rejects if the browser refuses, or does not answer within three seconds. `late` gets a database
 * that opens later, as it may on a busy machine.
 */
export async function openDatabase(late: (db: IDBDatabase) => void): Promise<IDBDatabase> {
  let isLate = false;
  const opened = new Promise<IDBDatabase>((done, failed) => {
    const request = globalThis.indexedDB.open('webtrack', 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
    };
    request.onsuccess = () => (isLate ? late : done)(request.result);
    request.onerror = () => failed(request.error);
    request.onblocked = () => failed(request.error);
  });
  try {
    return await within(opened, OPEN_MS);
  } catch (error) {
    isLate = true;
    throw error;
  }
}

/** Runs one transaction, which begins at once. Rejects if it fails, or does not end within 20 seconds. */
export async function transact(db: IDBDatabase, work: Work): Promise<void> {
  const transaction = db.transaction(STORES, 'readwrite');
  const ended = new Promise<void>((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onabort = () => failed(transaction.error);
  });
  try {
    work(...(STORES.map((name) => transaction.objectStore(name)) as Parameters<Work>));
  } catch (error) {
    ended.catch(() => {});
    transaction.abort();
    throw error;
  }
  await within(ended, TRANSACTION_MS);
}

/**
 * Opens the database and deletes the records that are lost for good: Chromium keeps large ones in files of their own.
 * Rejects if either fails.
 */
export async function repairedDatabase(): Promise<IDBDatabase> {
  const db = await openDatabase((late) => late.close());
  try {
    for (const at of STORES.keys()) await deleteLost(db, at);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** `at`: index of the store in `STORES`. */
async function deleteLost(db: IDBDatabase, at: number): Promise<void> {
  const inStore = (work: (store: IDBObjectStore) => void) =>
    transact(db, (...stores) => work(stores[at] as IDBObjectStore));
  let keys: IDBValidKey[] = [];
  await inStore((store) =>
    onSuccess(store.getAllKeys(), (all) => {
      keys = all;
    }),
  );
  for (const key of keys) {
    let isLost = false;
    const read = inStore((store) => {
      const request = store.get(key);
      request.onerror = () => {
        // Other errors may pass, such as those after a page was suspended.
        isLost = request.error?.name === 'NotReadableError';
      };
    });
    // Chromium also aborts the transaction.
    await read.catch((error) => {
      if (!isLost) throw error;
    });
    if (isLost) await inStore((store) => store.delete(key));
  }
}

/** All keys that begin with `prefix`. */
export function keysUnder(...prefix: IDBValidKey[]): IDBKeyRange {
  return globalThis.IDBKeyRange.bound(prefix, [...prefix, []]);
}

/**
 * Commits at once. Otherwise the browser waits for the requests' callbacks, and undoes the transaction if the page ends
 * before that.
 */
export const commit = (store: IDBObjectStore) => store.transaction.commit?.();

/** Calls `visit` with each record. Records may be damaged: check `cursor.value`. */
export function each(
  request: IDBRequest<IDBCursorWithValue | null>,
  visit: (cursor: IDBCursorWithValue) => void,
): void {
  onSuccess(request, (cursor) => {
    if (cursor) visit(cursor);
  });
}

/** Calls `use` with the result. Catches its errors, which would otherwise reach the page's error handlers. */
export function onSuccess<Result>(
  request: IDBRequest<Result>,
  use: (result: Result) => void,
): void {
  request.onsuccess = () => {
    try {
      use(request.result);
    } catch {
      request.transaction?.abort();
    }
  };
}
