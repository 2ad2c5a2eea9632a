// Keeps sealed batches until the endpoint has accepted them, and copies of those still open: in IndexedDB,
// which outlives the page, or in memory where the browser refuses that.

import type { Rank, StoredBatch } from './types.ts';

export interface OutboxSettings {
  /** Of bodies, over all pages of the origin. */
  outboxBytes: number;
  /** Milliseconds since a batch's first event. */
  outboxAge: number;
}

export interface OutboxHooks {
  /** Whether a batch may be taken for one that nobody waits for. */
  evictable(batch: StoredBatch): boolean;
  /** A batch had to go. */
  evicted(batch: StoredBatch, reason: 'queue_full' | 'expired'): void;
  /** From now on batches are kept in memory alone. */
  memoryOnly(): void;
}

type Mine = (batch: StoredBatch) => boolean;

/** Batches by key: high rank before normal, then the oldest first. No method rejects. */
export interface Outbox {
  /** Stores sealed batches, which take the place of their own open copies, and of `instead`. */
  put(batches: readonly StoredBatch[], instead?: StoredBatch): Promise<void>;
  /** Stores the copy of a batch that is still open, in place of the one before of that rank. */
  saveOpen(batch: StoredBatch): Promise<void>;
  delete(batch: StoredBatch): Promise<void>;
  /** The first batch for `url` that is nobody's, or `mine`. */
  next(url: string, mine: Mine): Promise<StoredBatch | undefined>;
  /** Trackers which have something here that only they may send while their page lives. */
  owners(): Promise<string[]>;
  /** Makes all that a tracker has here anybody's, as its page is gone. */
  adopt(tracker: string): Promise<void>;
  /** Gives `name` to `holder`, who has it or finds it free, for so many milliseconds. False: it is another's. */
  lease(name: string, holder: string, milliseconds: number): Promise<boolean>;
}

const RANKS: readonly Rank[] = ['high', 'normal'];
const BATCHES = 'batches';
const OPEN = 'open';
const LEASES = 'leases';
const STORES = [BATCHES, OPEN, LEASES];

interface Lease {
  holder: string;
  /** Epoch milliseconds. */
  until: number;
}

// Its order is the order of sending.
const keyOf = (batch: StoredBatch) => [
  batch.url,
  RANKS.indexOf(batch.rank),
  batch.time,
  batch.tracker,
  batch.number,
  batch.part,
];
const openKeyOf = ({ tracker, rank }: StoredBatch) => [tracker, rank];
const idOf = (batch: StoredBatch) => JSON.stringify(keyOf(batch));
const under = (...prefix: IDBValidKey[]) => IDBKeyRange.bound(prefix, [...prefix, []]);

/** What of `batches` must go for the rest to keep the bounds: too old, then normal before high, old before new. */
function* excess(
  batches: readonly StoredBatch[],
  { outboxBytes, outboxAge }: OutboxSettings,
  evictable: (batch: StoredBatch) => boolean,
): Generator<[StoredBatch, 'queue_full' | 'expired']> {
  const oldest = Date.now() - outboxAge;
  let bytes = batches.reduce((sum, { body }) => sum + body.length, 0);
  const byWorth = [...batches].sort(
    (a, b) => RANKS.indexOf(b.rank) - RANKS.indexOf(a.rank) || a.time - b.time,
  );
  for (const batch of byWorth) {
    const expired = batch.time < oldest;
    if ((!expired && bytes <= outboxBytes) || !evictable(batch)) continue;
    bytes -= batch.body.length;
    yield [batch, expired ? 'expired' : 'queue_full'];
  }
}

/** Forgets everything with the page. */
export class MemoryOutbox implements Outbox {
  readonly #batches = new Map<string, StoredBatch>();
  readonly #settings: OutboxSettings;
  readonly #hooks: OutboxHooks;

  constructor(settings: OutboxSettings, hooks: OutboxHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  async put(batches: readonly StoredBatch[], instead?: StoredBatch): Promise<void> {
    if (instead) this.#batches.delete(idOf(instead));
    for (const batch of batches) this.#batches.set(idOf(batch), batch);
    for (const [batch, reason] of excess(
      [...this.#batches.values()],
      this.#settings,
      this.#hooks.evictable,
    )) {
      this.#batches.delete(idOf(batch));
      this.#hooks.evicted(batch, reason);
    }
  }

  async saveOpen(): Promise<void> {}

  async delete(batch: StoredBatch): Promise<void> {
    this.#batches.delete(idOf(batch));
  }

  async next(url: string, mine: Mine): Promise<StoredBatch | undefined> {
    return [...this.#batches.values()]
      .filter((batch) => batch.url === url && (!batch.owned || mine(batch)))
      .sort(bySending)[0];
  }

  async owners(): Promise<string[]> {
    return [];
  }

  async adopt(): Promise<void> {}

  async lease(): Promise<boolean> {
    return true;
  }
}

// The order of keyOf.
function bySending(a: StoredBatch, b: StoredBatch): number {
  return (
    RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) ||
    a.time - b.time ||
    a.number - b.number ||
    (a.part < b.part ? -1 : 1)
  );
}

/** Outlives the page. Once the browser has refused it is a MemoryOutbox. */
export class DurableOutbox implements Outbox {
  readonly #settings: OutboxSettings;
  readonly #hooks: OutboxHooks;
  readonly #opened: Promise<void>;
  #db: IDBDatabase | undefined;
  #memory: MemoryOutbox | undefined;
  /** Bytes stored, as far as this page knows: others store and delete too. */
  #bytes = Number.POSITIVE_INFINITY;

  constructor(settings: OutboxSettings, hooks: OutboxHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#opened = openDatabase().then(
      (db) => {
        this.#db = db;
        // The browser closes it when the user clears the site's data.
        db.onclose = () => this.#giveUp();
      },
      () => this.#giveUp(),
    );
  }

  async put(batches: readonly StoredBatch[], instead?: StoredBatch): Promise<void> {
    const written = this.#write((sealed, open) => {
      if (instead) sealed.delete(keyOf(instead));
      for (const batch of batches) {
        sealed.put(batch, keyOf(batch));
        open.delete(openKeyOf(batch));
      }
      commit(sealed);
    });
    if (!(await written)) return this.#memory?.put(batches, instead);
    for (const { body } of batches) this.#bytes += body.length;
    if (this.#bytes > this.#settings.outboxBytes) await this.#evict();
  }

  async saveOpen(batch: StoredBatch): Promise<void> {
    await this.#write((_, open) => {
      open.put(batch, openKeyOf(batch));
      commit(open);
    });
  }

  async delete(batch: StoredBatch): Promise<void> {
    this.#bytes -= batch.body.length;
    await this.#write((sealed) => {
      sealed.delete(keyOf(batch));
      commit(sealed);
    });
    await this.#memory?.delete(batch);
  }

  async next(url: string, mine: Mine): Promise<StoredBatch | undefined> {
    let found: StoredBatch | undefined;
    await this.#write((sealed) => {
      each(sealed.openCursor(under(url)), (cursor) => {
        if (!cursor.value.owned || mine(cursor.value)) found = cursor.value;
        else cursor.continue();
      });
    });
    return found ?? this.#memory?.next(url, mine);
  }

  async owners(): Promise<string[]> {
    const owners = new Set<string>();
    await this.#write((sealed, open) => {
      for (const store of [sealed, open]) {
        each(store.openCursor(), (cursor) => {
          const { tracker, owned } = cursor.value;
          if (owned) owners.add(tracker);
          cursor.continue();
        });
      }
    });
    return [...owners];
  }

  async adopt(tracker: string): Promise<void> {
    await this.#write((sealed, open) => {
      each(open.openCursor(under(tracker)), (cursor) => {
        sealed.put({ ...cursor.value, owned: false }, keyOf(cursor.value));
        cursor.delete();
        cursor.continue();
      });
      each(sealed.openCursor(), (cursor) => {
        if (cursor.value.tracker === tracker && cursor.value.owned) {
          cursor.update({ ...cursor.value, owned: false });
        }
        cursor.continue();
      });
    });
  }

  async lease(name: string, holder: string, milliseconds: number): Promise<boolean> {
    let taken = false;
    await this.#write((_, __, leases) => {
      const request: IDBRequest<Lease | undefined> = leases.get(name);
      request.onsuccess = () => {
        const { result } = request;
        taken = result !== undefined && result.holder !== holder && result.until > Date.now();
        if (!taken) leases.put({ holder, until: Date.now() + milliseconds }, name);
      };
    });
    return !taken;
  }

  async #evict(): Promise<void> {
    const evicted: [StoredBatch, 'queue_full' | 'expired'][] = [];
    await this.#write((sealed) => {
      const all = sealed.getAll();
      all.onsuccess = () => {
        const batches: StoredBatch[] = all.result;
        this.#bytes = batches.reduce((sum, { body }) => sum + body.length, 0);
        for (const [batch, reason] of excess(batches, this.#settings, this.#hooks.evictable)) {
          evicted.push([batch, reason]);
          this.#bytes -= batch.body.length;
          sealed.delete(keyOf(batch));
        }
      };
    });
    for (const [batch, reason] of evicted) this.#hooks.evicted(batch, reason);
  }

  // Runs one transaction, begun at once where the database is open: a page that is leaving has no later.
  // False where there is none, or it failed.
  async #write(
    work: (sealed: IDBObjectStore, open: IDBObjectStore, leases: IDBObjectStore) => void,
  ): Promise<boolean> {
    if (!this.#db && !this.#memory) await this.#opened;
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
  request.onsuccess = () => {
    if (request.result) visit(request.result);
  };
}
