// What becomes of the batches, open copies and notes of a page that is gone.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HandedNotes, Notes } from '../../../../js/src/engine/notes.ts';
import { DurableOutbox } from '../../../../js/src/engine/outbox/durable_outbox.ts';
import type { StoredBatch } from '../../../../js/src/engine/types.ts';
import { namesOf, storedBatch, TRACK_URL } from '../batch_fixture.ts';

/** The notes in the localStorage of all pages. */
let notes: Notes;

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  notes = new Notes(
    new HandedNotes(
      () => {},
      () => {},
    ),
  );
});

afterEach(() => vi.unstubAllGlobals());

/** The outbox of another page. */
function newPage(): DurableOutbox {
  return new DurableOutbox(
    { outboxBytes: 1_000_000, outboxAge: 60_000 },
    { evictable: () => true, evicted() {}, memoryOnly() {}, storageBack() {} },
    notes,
  );
}

/** All batches in the outbox, in the order in which they would be sent. */
async function stored(): Promise<StoredBatch[]> {
  const found: StoredBatch[] = [];
  await newPage().next(TRACK_URL, (batch) => {
    found.push(batch);
    return false;
  });
  return found;
}

const time = Date.now();
const openCopy = (more: Partial<StoredBatch> = {}) => storedBatch({ time, part: '.open', ...more });

test('owners() names the batchers and recorders with batches of their own, open copies or notes', async () => {
  await newPage().put([
    storedBatch({ tracker: 'sealed' }),
    storedBatch({ tracker: 'sealed', number: 1 }),
    storedBatch({ tracker: 'adopted', owned: false }),
  ]);
  await newPage().saveOpen([openCopy({ tracker: 'open' })], new Map([['rec', 0]]));
  notes.save(storedBatch({ tracker: 'noted' }));
  const owners = await newPage().owners();
  expect(owners.sort()).toEqual(['noted', 'open', 'sealed']);
});

test('all pages may send the batches of a batcher that is adopted, but not those of another', async () => {
  await newPage().put([storedBatch({ time }), storedBatch({ time, tracker: 'other', number: 1 })]);
  await newPage().adopt('abc');
  expect(await stored()).toEqual([
    storedBatch({ time, owned: false }),
    storedBatch({ time, tracker: 'other', number: 1 }),
  ]);
  expect(await newPage().owners()).toEqual(['other']);
});

test('the last open copy becomes a batch', async () => {
  const page = newPage();
  await page.saveOpen([openCopy({ events: 1 }), openCopy({ rank: 'high', number: 1 })]);
  await page.saveOpen([openCopy({ events: 2 })]);
  await newPage().adopt('abc');
  expect(await stored()).toEqual([
    openCopy({ rank: 'high', number: 1, owned: false }),
    openCopy({ events: 2, owned: false }),
  ]);
  await newPage().adopt('abc');
  expect(await stored()).toHaveLength(2);
});

test('a sealed batch replaces its open copy', async () => {
  const page = newPage();
  await page.saveOpen([openCopy({ number: 0 }), openCopy({ number: 1, rank: 'high' })]);
  await page.put([storedBatch({ time, number: 0 })]);
  await newPage().adopt('abc');
  expect(namesOf(await stored())).toEqual(['1.open', '0']);
});

test('a note becomes a batch that all pages may send, and is removed', async () => {
  const body = Uint8Array.from([1, 200, 3]);
  const batch = storedBatch({ time, number: 2, body, encoding: 'lz4' });
  notes.save(batch);
  notes.save(storedBatch({ time, tracker: 'abcd' }));
  await newPage().adopt('abc');
  expect(await stored()).toEqual([{ ...batch, owned: false }]);
  expect(notes.owners()).toEqual(['abcd']);
});

test('a note that comes back after a crash is a repeat of a batch that may have been sent', async () => {
  const batch = storedBatch({ number: 2 });
  notes.save(batch);
  await newPage().adopt('abc');
  await newPage().delete(batch);
  notes.save(storedBatch({ number: 1 }));
  notes.save(batch);
  await newPage().adopt('abc');
  expect(await stored()).toEqual([]);
  expect(notes.owners()).toEqual([]);
  notes.save(storedBatch({ number: 3 }));
  notes.save(storedBatch({ number: 2, rank: 'high', part: '.0' }));
  await newPage().adopt('abc');
  expect(namesOf(await stored())).toEqual(['2.0', '3']);
});

test("a recorder's note is a repeat if an engine has stored its group", async () => {
  await newPage().saveOpen([], new Map([['rec', 4]]));
  for (const number of [3, 4, 5]) notes.save(storedBatch({ tracker: 'rec', number }));
  await newPage().adopt('rec');
  expect(namesOf(await stored())).toEqual(['5']);
  expect(await newPage().progressOf('rec')).toBe(5);
});

test('a note of a delivered batch deletes the batch', async () => {
  await newPage().put([storedBatch({ time, number: 0 }), storedBatch({ time, number: 1 })]);
  const delivered = { time, body: new Uint8Array(), delivered: true };
  notes.save(storedBatch({ number: 0, ...delivered }));
  await newPage().adopt('abc');
  expect(namesOf(await stored())).toEqual(['1']);
  expect(notes.owners()).toEqual([]);
});

test.each<[string, Partial<StoredBatch>, string[]]>([
  ['is dropped if a note holds the same batch', { number: 4 }, ['4']],
  ['is dropped if a note holds a later batch', { number: 5 }, ['5']],
  ['becomes a batch if the note is of an earlier batch', { number: 3 }, ['3', '4.open']],
  ['becomes a batch if the note is of another rank', { number: 5, rank: 'high' }, ['5', '4.open']],
])('an open copy %s', async (_, note, expected) => {
  await newPage().saveOpen([openCopy({ number: 4 })]);
  notes.save(storedBatch({ time, ...note }));
  await newPage().adopt('abc');
  expect(namesOf(await stored())).toEqual(expected);
});

test('an open copy becomes a batch if the browser had no room for the note of its events', async () => {
  await newPage().saveOpen([openCopy({ number: 4, events: 20 })]);
  notes.save(storedBatch({ time, number: 5, events: 3 }));
  await newPage().adopt('abc');
  expect(namesOf(await stored())).toEqual(['4.open', '5']);
});

test('a batch is deleted if notes hold all of its pieces', async () => {
  await newPage().put([storedBatch({ time, number: 6, events: 5 })]);
  notes.save(storedBatch({ time, number: 6, part: '.0', events: 3 }));
  notes.save(storedBatch({ time, number: 6, part: '.1', events: 2 }));
  await newPage().adopt('abc');
  expect(namesOf(await stored())).toEqual(['6.0', '6.1']);
});

test('a batch stays whole if a note of one of its pieces is missing', async () => {
  const pieces = [
    storedBatch({ time, number: 6, part: '.0', events: 5 }),
    storedBatch({ time, number: 7, events: 5 }),
  ];
  await newPage().put(pieces);
  // The stored piece was cut again, into pieces of three and two events. Its sibling and the other batch do not count.
  notes.save(storedBatch({ time, number: 6, part: '.0.0', events: 3 }));
  notes.save(storedBatch({ time, number: 6, part: '.1', events: 2 }));
  await newPage().adopt('abc');
  expect(namesOf(await stored())).toEqual(['6.0', '6.0.0', '6.1', '7']);
});
