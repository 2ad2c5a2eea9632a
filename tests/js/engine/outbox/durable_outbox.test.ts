// The outbox in IndexedDB: what the next page finds there, and what happens when a page ends or storage is refused.
import { IDBDatabase, IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HandedNotes, Notes } from '../../../../js/src/engine/notes.ts';
import { DurableOutbox } from '../../../../js/src/engine/outbox/durable_outbox.ts';
import type { StoredBatch } from '../../../../js/src/engine/types.ts';
import { bodyOfBytes, namesOf, storedBatch, TRACK_URL } from '../batch_fixture.ts';

const NOW = 1_800_000_000_000;
const AGE = 60_000;

/** The notes in the localStorage of all pages. */
let notes: Notes;
/** Batches that any page dropped, as `{number} {reason}`. */
let evicted: string[];
/** Numbers of batches that a request carries. */
let sending: number[];
/** How often a page was told that it keeps batches in memory only. */
let memoryOnly: number;
let storageBack: number;

beforeEach(() => {
  // Not setImmediate: fake-indexeddb runs its transactions by it.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW });
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  [evicted, sending, memoryOnly, storageBack] = [[], [], 0, 0];
  notes = new Notes(
    new HandedNotes(
      () => {},
      () => {},
    ),
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** The outbox of another page. */
function newPage(): DurableOutbox {
  return new DurableOutbox(
    { outboxBytes: 100, outboxAge: AGE },
    {
      evictable: ({ number }) => !sending.includes(number),
      evicted: ({ number }, reason) => evicted.push(`${number} ${reason}`),
      memoryOnly: () => memoryOnly++,
      storageBack: () => storageBack++,
    },
    notes,
  );
}

/** All batches for the usual address, in the order in which they would be sent. */
async function batchesOf(outbox: DurableOutbox): Promise<StoredBatch[]> {
  const found: StoredBatch[] = [];
  await outbox.next(TRACK_URL, (batch) => {
    found.push(batch);
    return false;
  });
  return found;
}

const inStorage = async () => namesOf(await batchesOf(newPage()));

/** Lets IndexedDB finish everything that it has begun. */
async function settled(): Promise<void> {
  for (let n = 0; n < 50; n++) await new Promise((done) => setImmediate(done));
}

test('the next page finds a batch unchanged', async () => {
  const body = Uint8Array.from([0, 255, 123]);
  const batch = storedBatch({ number: 7, part: '.1', rank: 'high', encoding: 'lz4', body });
  const page = newPage();
  await page.put([batch]);
  expect(page.outlivesPage).toBe(true);
  expect(await newPage().next(TRACK_URL, () => true)).toEqual(batch);
});

test('batches are found high rank first, then the oldest, whoever stored them', async () => {
  await newPage().put([
    storedBatch({ number: 0, time: NOW - 1 }),
    storedBatch({ number: 1, time: NOW, rank: 'high' }),
  ]);
  await newPage().put([
    storedBatch({ number: 2, tracker: 'other', time: NOW - 2 }),
    storedBatch({ number: 3, tracker: 'other', time: NOW - 3, url: `${TRACK_URL}2` }),
  ]);
  const page = newPage();
  expect(namesOf(await batchesOf(page))).toEqual(['1', '2', '0']);
  const wanted = ({ rank }: StoredBatch) => rank === 'normal';
  expect((await page.next(TRACK_URL, wanted))?.number).toBe(2);
  expect(await page.next(TRACK_URL, ({ number }) => number === 3)).toBeUndefined();
});

test('pieces take the place of the batch that was cut, and delete() removes one of them', async () => {
  const page = newPage();
  const whole = storedBatch({ number: 3, events: 2 });
  const [first, second] = [
    { ...whole, part: '.0' },
    { ...whole, part: '.1' },
  ];
  await page.put([whole]);
  await page.put([first, second], whole);
  expect(await inStorage()).toEqual(['3.0', '3.1']);
  await page.delete(first);
  expect(await inStorage()).toEqual(['3.1']);
});

test('more bytes than fit drop the oldest normal batches, also those of other pages', async () => {
  await newPage().put([storedBatch({ number: 0, ...bodyOfBytes(60), time: NOW - 2 })]);
  const page = newPage();
  await page.put([storedBatch({ number: 1, ...bodyOfBytes(40), time: NOW - 1 })]);
  expect(evicted).toEqual([]);
  await page.put([storedBatch({ number: 2, ...bodyOfBytes(1), rank: 'high', time: NOW - 3 })]);
  expect(evicted).toEqual(['0 queue_full']);
  expect(await inStorage()).toEqual(['2', '1']);
});

test('a batch that a request carries stays, and the next one is dropped', async () => {
  sending = [0];
  await newPage().put([
    storedBatch({ number: 0, ...bodyOfBytes(60), time: NOW - 1 }),
    storedBatch({ number: 1, ...bodyOfBytes(60) }),
  ]);
  expect(evicted).toEqual(['1 queue_full']);
  expect(await inStorage()).toEqual(['0']);
});

test('owners() drops batches that are too old, unless a request carries them', async () => {
  await newPage().put([0, 1].map((number) => storedBatch({ number, time: NOW, owned: false })));
  vi.setSystemTime(NOW + AGE);
  await newPage().owners();
  expect(evicted).toEqual([]);
  vi.setSystemTime(NOW + AGE + 1);
  sending = [1];
  await newPage().owners();
  expect(evicted).toEqual(['0 expired']);
  expect(await inStorage()).toEqual(['1']);
});

test('the progress of a recorder is stored with batches and with open copies', async () => {
  const page = newPage();
  expect(await page.progressOf('rec')).toBe(-1);
  await page.put([storedBatch()], undefined, new Map([['rec', 0]]));
  expect(await newPage().progressOf('rec')).toBe(0);
  await page.saveOpen([], new Map([['rec', 5]]));
  expect(await newPage().progressOf('rec')).toBe(5);
  expect(await newPage().progressOf('re')).toBe(-1);
});

test('the progress of a recorder is forgotten once it is older than any batch may be', async () => {
  await newPage().saveOpen([], new Map([['rec', 3]]));
  vi.setSystemTime(NOW + AGE);
  expect(await newPage().owners()).toEqual([]);
  expect(await newPage().progressOf('rec')).toBe(3);
  vi.setSystemTime(NOW + AGE + 1);
  await newPage().owners();
  expect(await newPage().progressOf('rec')).toBe(-1);
});

test('one holder has a lease until it ends, gives it back or does not renew it', async () => {
  const [one, other] = [newPage(), newPage()];
  expect(await one.lease('turn', 'one', 1_000)).toBe(true);
  expect(await other.lease('turn', 'other', 1_000)).toBe(false);
  expect(await other.lease('another turn', 'other', 1_000)).toBe(true);
  vi.setSystemTime(NOW + 900);
  expect(await one.lease('turn', 'one', 1_000)).toBe(true);
  vi.setSystemTime(NOW + 1_899);
  expect(await other.lease('turn', 'other', 1_000)).toBe(false);
  vi.setSystemTime(NOW + 1_900);
  expect(await other.lease('turn', 'other', 1_000)).toBe(true);
  expect(await one.lease('turn', 'one', 1_000)).toBe(false);
  expect(await other.lease('turn', 'other', 0)).toBe(true);
  expect(await one.lease('turn', 'one', 1_000)).toBe(true);
});

test('a page that ends saves notes of batches that are not stored, until they are', async () => {
  const page = newPage();
  const [stored, announced] = [storedBatch({ number: 0 }), storedBatch({ number: 1 })];
  const [writing, late] = [storedBatch({ number: 2 }), storedBatch({ number: 3 })];
  await page.put([stored]);
  page.announce(announced);
  expect(notes.owners()).toEqual([]);
  const written = page.put([writing]);
  page.pause();
  expect(namesOf(notes.of('abc'))).toEqual(['1', '2']);
  page.announce(late);
  expect(namesOf(notes.of('abc'))).toEqual(['1', '2', '3']);
  await written;
  expect(namesOf(notes.of('abc'))).toEqual(['1', '3']);
  await page.put([announced]);
  expect(namesOf(notes.of('abc'))).toEqual(['3']);
});

test('a page that is back saves no more notes', async () => {
  const page = newPage();
  page.pause();
  page.resume();
  page.announce(storedBatch());
  expect(notes.owners()).toEqual([]);
});

test('a page that is back writes only after half a second', async () => {
  const page = newPage();
  await page.put([storedBatch({ number: 0 })]);
  page.pause();
  page.resume();
  const written = page.put([storedBatch({ number: 1 })]);
  await vi.advanceTimersByTimeAsync(499);
  await settled();
  expect(await inStorage()).toEqual(['0']);
  await vi.advanceTimersByTimeAsync(1);
  await written;
  expect(await inStorage()).toEqual(['0', '1']);
});

test('a page that is back and ends again writes at once', async () => {
  const page = newPage();
  await page.put([storedBatch({ number: 0 })]);
  page.pause();
  page.resume();
  const written = page.put([storedBatch({ number: 1 })]);
  page.pause();
  await written;
  expect(await inStorage()).toEqual(['0', '1']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a batch sent at the end is deleted, and until then a note without its body says so', async () => {
  const page = newPage();
  const batch = storedBatch({ number: 4, ...bodyOfBytes(50) });
  await page.put([batch]);
  page.markDelivered(batch);
  page.pause();
  expect(notes.of('abc')).toEqual([{ ...batch, body: new Uint8Array(), delivered: true }]);
  await settled();
  expect(await inStorage()).toEqual([]);
  expect(notes.of('abc')).toEqual([]);
});

test('a batch that counted as delivered and was refused is sent by the next page', async () => {
  const page = newPage();
  const batch = storedBatch({ time: Date.now(), ...bodyOfBytes(50) });
  await page.put([batch]);
  page.markDelivered(batch);
  await page.put([batch]);
  const next = newPage();
  await next.adopt(batch.tracker);
  expect(namesOf(await batchesOf(next))).toEqual(['0']);
});

test('if storage fails while the page ends, the note stays until the batch is delivered', async () => {
  const page = newPage();
  const batch = storedBatch();
  await page.put([]);
  page.announce(batch);
  page.pause();
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
    throw new Error('the disk is full');
  });
  await page.put([batch]);
  expect([page.outlivesPage, memoryOnly]).toEqual([false, 1]);
  expect(await batchesOf(page)).toEqual([batch]);
  expect(namesOf(notes.of('abc'))).toEqual(['0']);
  await page.delete(batch);
  expect(notes.owners()).toEqual([]);
  expect(await batchesOf(page)).toEqual([]);
});

test('a browser that refuses IndexedDB leaves the batches in memory, and no notes', async () => {
  vi.stubGlobal('indexedDB', undefined);
  const page = newPage();
  await page.put([storedBatch({ number: 0 }), storedBatch({ number: 1 })]);
  expect([page.outlivesPage, memoryOnly]).toEqual([false, 1]);
  page.announce(storedBatch({ number: 2 }));
  page.pause();
  page.markDelivered(storedBatch({ number: 0 }));
  await settled();
  expect(notes.owners()).toEqual([]);
  expect(namesOf(await batchesOf(page))).toEqual(['1']);
  expect(await page.lease('turn', 'one', 1_000)).toBe(true);
});

test('a batch under a key that is not its own is deleted, as it could be sent for ever', async () => {
  const page = newPage();
  await page.put([storedBatch({ number: 0 })]);
  const db = await new Promise<IDBDatabase>((done) => {
    const request = indexedDB.open('webtrack', 1);
    request.onsuccess = () => done(request.result);
  });
  const foreign = storedBatch({ number: 1 });
  db.transaction('batches', 'readwrite')
    .objectStore('batches')
    .put(foreign, [TRACK_URL, 0, 0, 'other', 0, '']);
  await settled();
  expect(namesOf(await batchesOf(page))).toEqual(['0']);
  const keys = db.transaction('batches').objectStore('batches').getAllKeys();
  await settled();
  expect(keys.result).toHaveLength(1);
  db.close();
});

test('where IndexedDB does not open, notes that are too old are dropped and reported', async () => {
  vi.stubGlobal('indexedDB', undefined);
  for (const [number, time] of [
    [0, NOW - AGE - 1],
    [1, NOW],
  ] as const) {
    notes.save(storedBatch({ number, time, tracker: 'gone' }));
  }
  const page = newPage();
  await page.adopt('gone');
  expect(notes.of('gone').map(({ number }) => number)).toEqual([1]);
  expect(evicted).toEqual(['0 expired']);
});

test('retryStorage() moves the batches from memory to storage once the browser allows it', async () => {
  const { indexedDB } = globalThis;
  vi.stubGlobal('indexedDB', undefined);
  const page = newPage();
  await page.put([storedBatch({ number: 0 })]);
  await page.retryStorage();
  expect([page.outlivesPage, storageBack]).toEqual([false, 0]);
  vi.stubGlobal('indexedDB', indexedDB);
  await page.retryStorage();
  expect([page.outlivesPage, storageBack]).toEqual([true, 1]);
  await page.put([storedBatch({ number: 1 })]);
  expect(await inStorage()).toEqual(['0', '1']);
  expect(memoryOnly).toBe(1);
});

test('a minute after a transaction failed, the next batch brings all batches back to storage', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(5_000);
  const page = newPage();
  await page.put([storedBatch({ number: 0 })]);
  const fail = () => {
    throw new Error('the disk is full');
  };
  // The write, and the repair.
  vi.spyOn(IDBDatabase.prototype, 'transaction')
    .mockImplementationOnce(fail)
    .mockImplementationOnce(fail);
  await page.put([storedBatch({ number: 1 })]);
  await settled();
  now.mockReturnValue(64_000);
  await page.put([storedBatch({ number: 2 })]);
  await settled();
  expect([page.outlivesPage, await inStorage()]).toEqual([false, ['0']]);
  now.mockReturnValue(66_000);
  await page.put([storedBatch({ number: 3 })]);
  await settled();
  expect([page.outlivesPage, memoryOnly]).toEqual([true, 1]);
  expect(await inStorage()).toEqual(['0', '1', '2', '3']);
});

test('a batch that is deleted while storage is away is deleted there later', async () => {
  const page = newPage();
  await page.put([storedBatch({ number: 0 }), storedBatch({ number: 1 })]);
  const fail = () => {
    throw new Error('the disk is full');
  };
  // The deletion, and the repair.
  vi.spyOn(IDBDatabase.prototype, 'transaction')
    .mockImplementationOnce(fail)
    .mockImplementationOnce(fail);
  await page.delete(storedBatch({ number: 0 }));
  await settled();
  expect([page.outlivesPage, await inStorage()]).toEqual([false, ['0', '1']]);
  await page.retryStorage();
  expect([page.outlivesPage, await inStorage()]).toEqual([true, ['1']]);
});

test('a page lets others delete the database, and goes on in memory', async () => {
  const page = newPage();
  await page.put([storedBatch({ number: 0 })]);
  await new Promise((deleted) => {
    indexedDB.deleteDatabase('webtrack').onsuccess = deleted;
  });
  expect([page.outlivesPage, memoryOnly]).toEqual([false, 1]);
  await page.put([storedBatch({ number: 1 })]);
  expect(namesOf(await batchesOf(page))).toEqual(['1']);
});
