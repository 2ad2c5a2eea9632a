// The outbox in IndexedDB, which outlives the page. If the browser refuses IndexedDB, it uses the outbox in memory.

import { clearTimeout, clock, Map, Promise, Set, setTimeout, wallClock } from '../../natives.ts';
import type { Notes } from '../notes.ts';
import type { StoredBatch } from '../types.ts';
import {
  commit,
  each,
  keysUnder,
  onSuccess,
  openDatabase,
  repairedDatabase,
  transact,
  type Work,
} from './database.ts';
import { MemoryOutbox } from './memory_outbox.ts';
import {
  excess,
  idOf,
  isExpired,
  keyOf,
  type Outbox,
  type OutboxHooks,
  type OutboxSettings,
  type Progress,
  RANKS,
  type Wanted,
} from './outbox.ts';
import { putProgress, readProgress } from './progress.ts';
import { isBatch, isProgress } from './sound.ts';

interface Lease {
  holder: string;
  /** Epoch milliseconds. */
  until: number;
}

/** A lease that ends later than this was made before the visitor put the clock back: it counts for nothing. */
const MAX_LEASE_MS = 60_000;

/**
 * A restored page writes nothing for this time. Otherwise it may have to wait for a write of the page that just entered
 * the back/forward cache, and Chromium evicts that page from the cache then.
 */
const RESUME_DELAY_MS = 500;
/** Storage that failed gets another try after this time: a disk may have been slow or full. */
const RETRY_MS = 60_000;

// Whether notes hold as many events as the copy of an open batch. They hold fewer if the browser had no room for one.
// All ranks share one numbering, and an open batch has the number of the next batch: compare rank and number.
function isNoted({ rank, number, events }: StoredBatch, notes: readonly StoredBatch[]): boolean {
  const later = notes.filter((note) => note.rank === rank && note.number >= number);
  return later.reduce((sum, note) => sum + note.events, 0) >= events;
}

const openKeyOf = ({ tracker, rank, number }: StoredBatch) => [tracker, rank, number];

/** Its batches outlive the page, unless the browser refuses IndexedDB. */
export class DurableOutbox implements Outbox {
  readonly #settings: OutboxSettings;
  readonly #hooks: OutboxHooks;
  readonly #notes: Notes;
  readonly #opened: Promise<void>;
  #db: IDBDatabase | undefined;
  #memory: MemoryOutbox | undefined;
  /** The try to use storage again that is in progress. */
  #retry: Promise<void> | undefined;
  /** When storage failed last, by the monotonic clock. */
  #failedAt: number | undefined;
  /** Batches that are not stored yet. */
  readonly #unstored = new Map<string, StoredBatch>();
  /** Ids of unstored batches that have a note. */
  readonly #withNote = new Set<string>();
  #isPaused = false;
  #isClosed = false;
  /** Until a restored page may write again. */
  #resumeDelay: Promise<void> | undefined;
  #endResumeDelay: (() => void) | undefined;
  /** Bytes stored, as far as this engine knows: others store and delete too. */
  #bytes = Number.POSITIVE_INFINITY;

  constructor(settings: OutboxSettings, hooks: OutboxHooks, notes: Notes) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#notes = notes;
    this.#opened = openDatabase((late) => void this.#leaveMemory(late)).then(
      (db) => this.#use(db),
      () => this.#giveUp(),
    );
  }

  #use(db: IDBDatabase): void {
    this.#db = db;
    // The browser closes the database when the user clears the site's data.
    db.onclose = () => this.#giveUp();
    // The page deletes the database, or a later version of this library upgrades it.
    db.onversionchange = () => this.#giveUp();
  }

  async retryStorage(): Promise<void> {
    if (!this.#memory) return;
    this.#failedAt = clock();
    this.#retry ??= repairedDatabase().then(
      (db) => this.#leaveMemory(db),
      () => {},
    );
    await this.#retry;
    this.#retry = undefined;
  }

  // The browser lets us use storage after all.
  async #leaveMemory(db: IDBDatabase): Promise<void> {
    const memory = this.#memory;
    if (!memory || this.#isClosed) return db.close();
    this.#memory = undefined;
    this.#use(db);
    for (const batch of memory.deletedElsewhere) await this.delete(batch);
    await this.put(memory.takeAll());
    this.#hooks.storageBack();
  }

  get outlivesPage(): boolean {
    return this.#memory === undefined;
  }

  async put(
    batches: readonly StoredBatch[],
    replaced?: StoredBatch,
    progress?: Progress,
  ): Promise<void> {
    for (const batch of batches) this.announce(batch);
    const written = await this.#write((sealed, open) => {
      if (replaced) sealed.delete(keyOf(replaced));
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
      // If the write failed, keep the note: the page may be ending, and nothing else holds the batch.
      if (written && this.#withNote.delete(id)) this.#notes.remove(batch);
    }
    if (!written) {
      await this.#memory?.put(batches, replaced);
      if (clock() - (this.#failedAt ?? 0) > RETRY_MS) void this.retryStorage();
      return;
    }
    for (const { body } of batches) this.#bytes += body.length;
    if (this.#bytes > this.#settings.outboxBytes) await this.#evict();
  }

  announce(batch: StoredBatch): void {
    this.#unstored.set(idOf(batch), batch);
    if (this.#isPaused) this.#saveNote(batch);
  }

  pause(): void {
    this.#isPaused = true;
    this.#endResumeDelay?.();
    for (const batch of this.#unstored.values()) this.#saveNote(batch);
  }

  resume(): void {
    this.#isPaused = false;
    this.#resumeDelay = new Promise<void>((end) => {
      const timer = setTimeout(end, RESUME_DELAY_MS);
      this.#endResumeDelay = () => {
        clearTimeout(timer);
        end();
      };
    }).then(() => {
      this.#resumeDelay = undefined;
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
      readProgress(open, recorder, (number) => {
        last = number;
      });
    });
    return last;
  }

  markDelivered(batch: StoredBatch): void {
    this.#unstored.delete(idOf(batch));
    this.#withNote.delete(idOf(batch));
    if (!this.#memory) {
      this.#notes.save({ ...batch, body: new Uint8Array(), delivered: true });
    }
    // If the page ends before this is done, the note tells the next page. If not, the note must go: the batch may be
    // stored again when the page comes back and hears that it was refused.
    void this.delete(batch).then(() => this.#notes.remove(batch));
  }

  async delete(batch: StoredBatch): Promise<void> {
    this.#bytes -= batch.body.length;
    await this.#write((sealed, open) => {
      sealed.delete(keyOf(batch));
      // A beacon may take a batch whose copy was saved while it was open.
      open.delete(openKeyOf(batch));
      commit(sealed);
    });
    if (!this.#memory) return;
    await this.#memory.delete(batch);
    this.#notes.remove(batch);
  }

  async next(url: string, wanted: Wanted): Promise<StoredBatch | undefined> {
    let found: StoredBatch | undefined;
    const expired: StoredBatch[] = [];
    await this.#write((sealed) => {
      each(sealed.openCursor(keysUnder(url)), (cursor) => {
        const batch: unknown = cursor.value;
        // Under another key it could not be deleted after it was sent, and would be sent for ever.
        if (!isBatch(batch) || globalThis.indexedDB.cmp(cursor.key, keyOf(batch)) !== 0) {
          cursor.delete();
        } else if (isExpired(batch, this.#settings) && this.#hooks.evictable(batch)) {
          expired.push(batch);
          cursor.delete();
        } else if (wanted(batch)) found = batch;
        if (!found) cursor.continue();
      });
    });
    for (const batch of expired) this.#hooks.evicted(batch, 'expired');
    return found ?? this.#memory?.next(url, wanted);
  }

  async owners(): Promise<string[]> {
    const owners = new Set(this.#notes.owners());
    const expired: StoredBatch[] = [];
    const oldest = wallClock() - this.#settings.outboxAge;
    await this.#write((sealed, open) => {
      for (const store of [sealed, open]) {
        each(store.openCursor(), (cursor) => {
          const record: unknown = cursor.value;
          if (isBatch(record)) {
            const isOld = store === sealed && isExpired(record, this.#settings);
            if (isOld && this.#hooks.evictable(record)) {
              expired.push(record);
              cursor.delete();
            } else if (record.owned) owners.add(record.tracker);
            // Keep the progress of an owner that has batches: its notes may still come.
          } else if (!isProgress(record) || (record.time < oldest && !owners.has(record.tracker))) {
            cursor.delete();
          }
          cursor.continue();
        });
      }
    });
    for (const batch of expired) this.#hooks.evicted(batch, 'expired');
    return [...owners];
  }

  async adopt(owner: string): Promise<void> {
    const notes = this.#notes.of(owner);
    const fresh: StoredBatch[] = [];
    // A batch that was cut while its page ended may still be stored whole. If notes hold all of its pieces, delete it.
    const isCut = ({ rank, number, part, events }: StoredBatch) => {
      const pieces = fresh.filter(
        (one) => one.rank === rank && one.number === number && one.part.startsWith(`${part}.`),
      );
      return pieces.reduce((sum, piece) => sum + piece.events, 0) >= events;
    };
    const written = await this.#write((sealed, open) => {
      for (const rank of RANKS) {
        const add = (last: number) => {
          const newer = notes.filter((batch) => batch.rank === rank && batch.number > last);
          if (!newer[0]) return;
          fresh.push(...newer);
          for (const batch of newer) {
            if (!batch.delivered) sealed.put({ ...batch, owned: false }, keyOf(batch));
          }
          const number = Math.max(...newer.map((batch) => batch.number));
          putProgress(open, new Map([[owner, number]]), rank);
        };
        readProgress(open, owner, add, rank);
      }
      each(open.openCursor(keysUnder(owner)), (cursor) => {
        const copy: unknown = cursor.value;
        if (isBatch(copy)) {
          // Drop the copy if notes hold its events: the page sealed them when it ended, perhaps as several batches.
          if (!isNoted(copy, fresh)) sealed.put({ ...copy, owned: false }, keyOf(copy));
          cursor.delete();
        }
        cursor.continue();
      });
      each(sealed.openCursor(), (cursor) => {
        const batch: unknown = cursor.value;
        if (!isBatch(batch)) {
          cursor.delete();
          cursor.continue();
          return;
        }
        const isDelivered = fresh.some((one) => one.delivered && idOf(one) === idOf(batch));
        if (batch.tracker === owner && (isDelivered || isCut(batch))) cursor.delete();
        else if (batch.tracker === owner && batch.owned) {
          cursor.update({ ...batch, owned: false });
        }
        cursor.continue();
      });
    });
    if (written) for (const batch of notes) this.#notes.remove(batch);
    else this.#dropOld(notes);
  }

  // Without IndexedDB notes stay where they are, and would fill the page's storage for ever.
  #dropOld(notes: readonly StoredBatch[]): void {
    const oldest = wallClock() - this.#settings.outboxAge;
    for (const batch of notes.filter(({ time }) => time < oldest)) {
      this.#notes.remove(batch);
      this.#hooks.evicted(batch, 'expired');
    }
  }

  async lease(name: string, holder: string, milliseconds: number): Promise<boolean> {
    let taken = false;
    await this.#write((_, __, leases) => {
      onSuccess(leases.get(name), (lease: Partial<Lease> | null | undefined) => {
        const now = wallClock();
        const { holder: other = holder, until = 0 } = lease ?? {};
        taken = other !== holder && until > now && until < now + MAX_LEASE_MS;
        if (!taken) leases.put({ holder, until: now + milliseconds }, name);
      });
    });
    return !taken;
  }

  close(): void {
    this.#isClosed = true;
    void this.#opened.then(() => this.#db?.close());
  }

  #saveNote(batch: StoredBatch): void {
    if (this.#memory) return;
    if (this.#notes.save(batch)) this.#withNote.add(idOf(batch));
  }

  async #evict(): Promise<void> {
    const evicted: [StoredBatch, 'queue_full' | 'expired'][] = [];
    await this.#write((sealed) => {
      onSuccess(sealed.getAll(), (records: unknown[]) => {
        const batches = records.filter(isBatch);
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

  // Runs one transaction. It begins at once if the database is open, because a page that ends has no time later. False
  // if there is no database or the transaction failed.
  async #write(work: Work): Promise<boolean> {
    if (!this.#db && !this.#memory) await this.#opened;
    if (this.#resumeDelay) await this.#resumeDelay;
    if (!this.#db) return false;
    try {
      await transact(this.#db, work);
      return true;
    } catch {
      const isFirst = this.#failedAt === undefined;
      this.#giveUp();
      if (isFirst) void this.retryStorage(); // perhaps only a record is damaged
      return false;
    }
  }

  #giveUp(): void {
    if (this.#memory) return;
    this.#db?.close();
    this.#db = undefined;
    this.#memory = new MemoryOutbox(this.#settings, this.#hooks);
    if (this.#failedAt === undefined) this.#hooks.memoryOnly();
    this.#failedAt = clock();
  }
}
