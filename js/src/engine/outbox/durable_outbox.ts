// The outbox in IndexedDB, which outlives the page; where the browser refuses that, the one in memory.

import type { Notes } from '../notes.ts';
import type { StoredBatch } from '../types.ts';
import { MemoryOutbox } from './memory_outbox.ts';
import {
  excess,
  idOf,
  keyOf,
  type Outbox,
  type OutboxHooks,
  type OutboxSettings,
  type Progress,
  RANKS,
  type Wanted,
} from './outbox.ts';

const BATCHES = 'batches';
const OPEN = 'open';
const LEASES = 'leases';
const STORES = [BATCHES, OPEN, LEASES];

interface Lease {
  holder: string;
  /** Epoch milliseconds. */
  until: number;
}

/**
 * Before a rank, the last number of a tracker that is stored: a note up to it is a repeat. A crash of the browser brings
 * notes back, and a page that goes does not hear that the worker has stored its last group.
 */
const SEEN = 'noted';
/**
 * Chromium takes a page out of the back/forward cache when another one has to wait for what it still writes: the one
 * that is restored in its place leaves it this time.
 */
const REST_MS = 500;

const progressKeyOf = (recorder: string) => [recorder, SEEN, 'normal'];

function putProgress(open: IDBObjectStore, progress: Progress = new Map()): void {
  for (const [tracker, number] of progress) {
    open.put({ tracker, number, time: Date.now() }, progressKeyOf(tracker));
  }
}

const openKeyOf = ({ tracker, rank, number }: StoredBatch) => [tracker, rank, number];
const under = (...prefix: IDBValidKey[]) => IDBKeyRange.bound(prefix, [...prefix, []]);

/** Outlives the page. Once the browser has refused it is a MemoryOutbox. */
export class DurableOutbox implements Outbox {
  readonly #settings: OutboxSettings;
  readonly #hooks: OutboxHooks;
  readonly #notes: Notes;
  readonly #opened: Promise<void>;
  #db: IDBDatabase | undefined;
  #memory: MemoryOutbox | undefined;
  /** Not stored yet. */
  readonly #unstored = new Map<string, StoredBatch>();
  /** Of these, what is noted down. */
  readonly #noted = new Set<string>();
  #left = false;
  /** Until it is over a page that was restored writes nothing. */
  #rest: Promise<void> | undefined;
  #endRest: (() => void) | undefined;
  /** Bytes stored, as far as this page knows: others store and delete too. */
  #bytes = Number.POSITIVE_INFINITY;

  constructor(settings: OutboxSettings, hooks: OutboxHooks, notes: Notes) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#notes = notes;
    this.#opened = openDatabase().then(
      (db) => this.#use(db),
      () => this.#giveUp(),
    );
  }

  #use(db: IDBDatabase): void {
    this.#db = db;
    // The browser closes it when the user clears the site's data.
    db.onclose = () => this.#giveUp();
    // The page itself clears it, or a later version of this library needs it otherwise.
    db.onversionchange = () => this.#giveUp();
  }

  async again(): Promise<void> {
    const memory = this.#memory;
    if (!memory) return;
    const db = await openDatabase().catch(() => undefined);
    if (!db || this.#memory !== memory) return db?.close();
    this.#memory = undefined;
    this.#use(db);
    await this.put(memory.takeAll());
  }

  get outlivesPage(): boolean {
    return this.#memory === undefined;
  }

  async put(
    batches: readonly StoredBatch[],
    instead?: StoredBatch,
    progress?: Progress,
  ): Promise<void> {
    for (const batch of batches) this.expect(batch);
    const written = await this.#write((sealed, open) => {
      if (instead) sealed.delete(keyOf(instead));
      for (const batch of batches) {
        sealed.put(batch, keyOf(batch));
        open.delete(openKeyOf(batch));
      }
      putProgress(open, progress);
      commit(sealed);
    });
    for (const batch of batches) {
      const id = idOf(batch);
      this.#unstored.delete(id);
      // Where it was not written the page may be about to end, and then the note is all that is left.
      if (written && this.#noted.delete(id)) this.#notes.remove(batch);
    }
    if (!written) return this.#memory?.put(batches, instead);
    for (const { body } of batches) this.#bytes += body.length;
    if (this.#bytes > this.#settings.outboxBytes) await this.#evict();
  }

  expect(batch: StoredBatch): void {
    this.#unstored.set(idOf(batch), batch);
    if (this.#left) this.#note(batch);
  }

  leave(): void {
    this.#left = true;
    this.#endRest?.();
    for (const batch of this.#unstored.values()) this.#note(batch);
  }

  back(): void {
    this.#left = false;
    this.#rest = new Promise<void>((end) => {
      const timer = setTimeout(end, REST_MS);
      this.#endRest = () => {
        clearTimeout(timer);
        end();
      };
    }).then(() => {
      this.#rest = undefined;
    });
  }

  async saveOpen(batches: readonly StoredBatch[], progress?: Progress): Promise<void> {
    await this.#write((_, open) => {
      for (const batch of batches) open.put(batch, openKeyOf(batch));
      putProgress(open, progress);
      commit(open);
    });
  }

  async progressOf(recorder: string): Promise<number> {
    let last = -1;
    await this.#write((_, open) => {
      answered(open.get(progressKeyOf(recorder)), (seen) => {
        last = seen?.number ?? -1;
      });
    });
    return last;
  }

  letGo(batch: StoredBatch): void {
    this.#unstored.delete(idOf(batch));
    this.#noted.delete(idOf(batch));
    if (!this.#memory) {
      this.#notes.save({ ...batch, body: new Uint8Array(), delivered: true });
    }
    // The page may end before this is done; then the note tells the next one.
    void this.delete(batch);
  }

  async delete(batch: StoredBatch): Promise<void> {
    this.#bytes -= batch.body.length;
    await this.#write((sealed) => {
      sealed.delete(keyOf(batch));
      commit(sealed);
    });
    if (!this.#memory) return;
    await this.#memory.delete(batch);
    if (this.#left) this.#notes.remove(batch);
  }

  async next(url: string, wanted: Wanted): Promise<StoredBatch | undefined> {
    let found: StoredBatch | undefined;
    await this.#write((sealed) => {
      each(sealed.openCursor(under(url)), (cursor) => {
        if (wanted(cursor.value)) found = cursor.value;
        else cursor.continue();
      });
    });
    return found ?? this.#memory?.next(url, wanted);
  }

  async owners(): Promise<string[]> {
    const owners = new Set(this.#notes.trackers());
    const expired: StoredBatch[] = [];
    const oldest = Date.now() - this.#settings.outboxAge;
    await this.#write((sealed, open) => {
      for (const store of [sealed, open]) {
        each(store.openCursor(), (cursor) => {
          const { tracker, owned, time, body } = cursor.value;
          const isOld = time < Date.now() - this.#settings.outboxAge;
          if (store === sealed && time < oldest && this.#hooks.evictable(cursor.value)) {
            expired.push(cursor.value);
            cursor.delete();
          } else if (owned) owners.add(tracker);
          else if (!body && isOld && !owners.has(tracker)) cursor.delete();
          cursor.continue();
        });
      }
    });
    for (const batch of expired) this.#hooks.evicted(batch, 'expired');
    return [...owners];
  }

  async adopt(tracker: string): Promise<void> {
    const notes = this.#notes.of(tracker);
    const fresh: StoredBatch[] = [];
    // What was cut while its page went may be stored yet: all of its pieces are noted then.
    const isCut = ({ rank, number, part, events }: StoredBatch) => {
      const pieces = fresh.filter(
        (one) => one.rank === rank && one.number === number && one.part.startsWith(`${part}.`),
      );
      return pieces.reduce((sum, piece) => sum + piece.events, 0) >= events;
    };
    const written = await this.#write((sealed, open) => {
      for (const rank of RANKS) {
        answered(open.get([tracker, SEEN, rank]), (adopted) => {
          const last = adopted?.number ?? -1;
          const mine = notes.filter((batch) => batch.rank === rank && batch.number > last);
          if (!mine[0]) return;
          fresh.push(...mine);
          for (const batch of mine) {
            if (batch.delivered) sealed.delete(keyOf(batch));
            else sealed.put({ ...batch, owned: false }, keyOf(batch));
          }
          const number = Math.max(...mine.map((batch) => batch.number));
          open.put({ tracker, number, time: Date.now() }, [tracker, SEEN, rank]);
        });
      }
      each(open.openCursor(under(tracker)), (cursor) => {
        const copy = cursor.value;
        if (copy.body) {
          // What was open when the page left was sealed then, perhaps in several batches.
          const isNoted = fresh.some(
            ({ rank, number }) => rank === copy.rank && number >= copy.number,
          );
          if (!isNoted) sealed.put({ ...copy, owned: false }, keyOf(copy));
          cursor.delete();
        }
        cursor.continue();
      });
      each(sealed.openCursor(), (cursor) => {
        const batch = cursor.value;
        if (batch.tracker === tracker && isCut(batch)) cursor.delete();
        else if (batch.tracker === tracker && batch.owned) {
          cursor.update({ ...batch, owned: false });
        }
        cursor.continue();
      });
    });
    if (written) for (const batch of notes) this.#notes.remove(batch);
  }

  async lease(name: string, holder: string, milliseconds: number): Promise<boolean> {
    let taken = false;
    await this.#write((_, __, leases) => {
      answered(leases.get(name), (lease: Lease | undefined) => {
        taken = lease !== undefined && lease.holder !== holder && lease.until > Date.now();
        if (!taken) leases.put({ holder, until: Date.now() + milliseconds }, name);
      });
    });
    return !taken;
  }

  close(): void {
    void this.#opened.then(() => this.#db?.close());
  }

  #note(batch: StoredBatch): void {
    if (this.#memory) return;
    this.#notes.save(batch);
    this.#noted.add(idOf(batch));
  }

  async #evict(): Promise<void> {
    const evicted: [StoredBatch, 'queue_full' | 'expired'][] = [];
    await this.#write((sealed) => {
      answered(sealed.getAll(), (batches: StoredBatch[]) => {
        this.#bytes = batches.reduce((sum, { body }) => sum + body.length, 0);
        for (const [batch, reason] of excess(batches, this.#settings, this.#hooks.evictable)) {
          evicted.push([batch, reason]);
          this.#bytes -= batch.body.length;
          sealed.delete(keyOf(batch));
        }
      });
    });
    for (const [batch, reason] of evicted) this.#hooks.evicted(batch, reason);
  }

  // Runs one transaction, begun at once where the database is open: a page that is leaving has no later.
  // False where there is none, or it failed.
  async #write(
    work: (sealed: IDBObjectStore, open: IDBObjectStore, leases: IDBObjectStore) => void,
  ): Promise<boolean> {
    if (!this.#db && !this.#memory) await this.#opened;
    if (this.#rest) await this.#rest;
    if (!this.#db) return false;
    try {
      const transaction = this.#db.transaction(STORES, 'readwrite');
      const ended = new Promise<void>((done, failed) => {
        transaction.oncomplete = () => done();
        transaction.onabort = () => failed(transaction.error);
      });
      work(...(STORES.map((name) => transaction.objectStore(name)) as Parameters<typeof work>));
      await ended;
      return true;
    } catch {
      this.#giveUp();
      return false;
    }
  }

  #giveUp(): void {
    if (this.#memory) return;
    this.#db?.close();
    this.#db = undefined;
    this.#memory = new MemoryOutbox(this.#settings, this.#hooks);
    this.#hooks.memoryOnly();
  }
}

// Without waiting for the requests' answers: the page may not live to see them, and then they would be undone.
const commit = (store: IDBObjectStore) => store.transaction.commit?.();

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((opened, failed) => {
    const request = indexedDB.open('webtrack', 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
    };
    request.onsuccess = () => opened(request.result);
    request.onerror = () => failed(request.error);
    request.onblocked = () => failed(request.error);
  });
}

function each(
  request: IDBRequest<IDBCursorWithValue | null>,
  visit: (cursor: IDBCursorWithValue & { value: StoredBatch }) => void,
): void {
  answered(request, (cursor) => {
    if (cursor) visit(cursor);
  });
}

// What a handler throws would reach the page.
function answered<Result>(request: IDBRequest<Result>, use: (result: Result) => void): void {
  request.onsuccess = () => {
    try {
      use(request.result);
    } catch {
      request.transaction?.abort();
    }
  };
}
