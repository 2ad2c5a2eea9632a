// The interface of an outbox, which keeps sealed batches until the endpoint has accepted them, within limits of bytes
// and age.

import { type Promise, stringify, wallClock } from '../../natives.ts';
import type { Rank } from '../../types.ts';
import type { StoredBatch } from '../types.ts';

export interface OutboxSettings {
  /** Most bytes of bodies, for all pages of the origin. */
  outboxBytes: number;
  /** Milliseconds since a batch's first event after which the batch is dropped. */
  outboxAge: number;
}

export interface OutboxHooks {
  /** Whether a batch may be dropped: no request carries it. */
  evictable(batch: StoredBatch): boolean;
  /** A batch was dropped. */
  evicted(batch: StoredBatch, reason: 'queue_full' | 'expired'): void;
  /** Called when the outbox begins to keep batches in memory only. */
  memoryOnly(): void;
  /** Storage works again, where batches may have waited meanwhile. */
  storageBack(): void;
}

/** The number of the last stored group, by recorder. */
export type Progress = ReadonlyMap<string, number>;

export type Wanted = (batch: StoredBatch) => boolean;

/** Keeps batches in sending order: high rank before normal, then the oldest first. No method rejects. */
export interface Outbox {
  /** Whether other engines find the batches that are put here. */
  readonly outlivesPage: boolean;
  /**
   * Stores sealed batches. They replace their open copies (see `saveOpen`) and the batch `replaced`.
   * `progress`: the last group of each recorder that this stores.
   */
  put(batches: readonly StoredBatch[], replaced?: StoredBatch, progress?: Progress): Promise<void>;
  /** Tries again to open storage that the browser refused before. Call when another page begins. */
  retryStorage(): Promise<void>;
  /** Announces a batch that will be put. If the page ends before, the batch is saved as a note. */
  announce(batch: StoredBatch): void;
  /**
   * The page ends or enters the back/forward cache: until `resume`, batches that are not stored yet are saved as notes.
   */
  pause(): void;
  /** The page is back from the back/forward cache. */
  resume(): void;
  /** Stores copies of batches that are still open. A copy replaces the previous one of the same batch. */
  saveOpen(batches: readonly StoredBatch[], progress?: Progress): Promise<void>;
  /** Number of the recorder's last group that any engine has stored; -1 for none. */
  progressOf(recorder: string): Promise<number>;
  delete(batch: StoredBatch): Promise<void>;
  /** The batch was sent while the page ended and counts as delivered: nobody needs to send it again. */
  markDelivered(batch: StoredBatch): void;
  /** The first batch for `url` for which `wanted` is true. */
  next(url: string, wanted: Wanted): Promise<StoredBatch | undefined>;
  /** Drops batches that are too old. Returns the batchers and recorders that own batches, see `StoredBatch.owned`. */
  owners(): Promise<string[]>;
  /** Lets all engines send the batches of `owner`, because its engine is gone. */
  adopt(owner: string): Promise<void>;
  /** Leases `name` to `holder` for so many milliseconds. False: somebody else holds the lease. */
  lease(name: string, holder: string, milliseconds: number): Promise<boolean>;
  /** Closes the database. */
  close(): void;
}

export const RANKS: readonly Rank[] = ['high', 'normal'];

// The key of a batch. Keys sort in sending order.
export const keyOf = (batch: StoredBatch) => [
  batch.url,
  RANKS.indexOf(batch.rank),
  batch.time,
  batch.tracker,
  batch.number,
  batch.part,
];
export const idOf = (batch: StoredBatch) => stringify(keyOf(batch));

/**
 * Whether a batch has waited for longer than `outboxAge`. Never a batch of a page that is still there: the visitor may
 * set the clock by years.
 */
export function isExpired(
  { owned, time }: Pick<StoredBatch, 'owned' | 'time'>,
  { outboxAge }: OutboxSettings,
): boolean {
  return !owned && time < wallClock() - outboxAge;
}

/**
 * The batches to drop, so that the rest keeps the limits: those too old, then normal before high rank, old before new.
 */
export function* excess(
  batches: readonly StoredBatch[],
  settings: OutboxSettings,
  evictable: (batch: StoredBatch) => boolean,
): Generator<[StoredBatch, 'queue_full' | 'expired']> {
  let bytes = batches.reduce((sum, { body }) => sum + body.length, 0);
  const inDropOrder = [...batches].sort(
    (a, b) =>
      Number(isExpired(b, settings)) - Number(isExpired(a, settings)) ||
      RANKS.indexOf(b.rank) - RANKS.indexOf(a.rank) ||
      a.time - b.time,
  );
  for (const batch of inDropOrder) {
    const expired = isExpired(batch, settings);
    if ((!expired && bytes <= settings.outboxBytes) || !evictable(batch)) continue;
    bytes -= batch.body.length;
    yield [batch, expired ? 'expired' : 'queue_full'];
  }
}

const textOrder = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** Compares batches of one address in the order of `keyOf`. */
export function bySendOrder(a: StoredBatch, b: StoredBatch): number {
  return (
    RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) ||
    a.time - b.time ||
    textOrder(a.tracker, b.tracker) ||
    a.number - b.number ||
    textOrder(a.part, b.part)
  );
}
