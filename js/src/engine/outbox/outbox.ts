// What an outbox is: keeps sealed batches until the endpoint has accepted them, within bounds of bytes and age.

import type { Rank } from '../../types.ts';
import type { StoredBatch } from '../types.ts';

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

/** The number of the last stored group, by recorder. */
export type Progress = ReadonlyMap<string, number>;

export type Wanted = (batch: StoredBatch) => boolean;

/** Batches by key: high rank before normal, then the oldest first. No method rejects. */
export interface Outbox {
  /** Whether another page finds what is put here. */
  readonly outlivesPage: boolean;
  /**
   * Stores sealed batches, which take the place of their own open copies, and of `instead`. `progress`: the last group
   * of each recorder that is now stored.
   */
  put(batches: readonly StoredBatch[], instead?: StoredBatch, progress?: Progress): Promise<void>;
  /** Another page begins: what the browser refused before it may allow now. */
  again(): Promise<void>;
  /** A batch will be put, unless the page leaves before. */
  expect(batch: StoredBatch): void;
  /** The page goes: what is not stored yet is noted down for the next one, until it is back. */
  leave(): void;
  back(): void;
  /** Stores copies of batches that are still open, each in place of the one before of that rank. */
  saveOpen(batches: readonly StoredBatch[], progress?: Progress): Promise<void>;
  /** The last group of a recorder that any engine has stored; -1 for none. */
  progressOf(recorder: string): Promise<number>;
  delete(batch: StoredBatch): Promise<void>;
  /** The page goes, and the batch has left with it: nobody needs to send it again. */
  letGo(batch: StoredBatch): void;
  /** The first batch for `url` that is `wanted`. */
  next(url: string, wanted: Wanted): Promise<StoredBatch | undefined>;
  /** Drops what is too old. Trackers which have something here that only they may send while their page lives. */
  owners(): Promise<string[]>;
  /** Makes all that a tracker has here anybody's, as its page is gone. */
  adopt(tracker: string): Promise<void>;
  /** Gives `name` to `holder`, who has it or finds it free, for so many milliseconds. False: it is another's. */
  lease(name: string, holder: string, milliseconds: number): Promise<boolean>;
  /** Closes what it has open. */
  close(): void;
}

export const RANKS: readonly Rank[] = ['high', 'normal'];

// Its order is the order of sending.
export const keyOf = (batch: StoredBatch) => [
  batch.url,
  RANKS.indexOf(batch.rank),
  batch.time,
  batch.tracker,
  batch.number,
  batch.part,
];
export const idOf = (batch: StoredBatch) => JSON.stringify(keyOf(batch));

/** What of `batches` must go for the rest to keep the bounds: too old, then normal before high, old before new. */
export function* excess(
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

/** The order of `keyOf`, for sorting. */
export function bySending(a: StoredBatch, b: StoredBatch): number {
  return (
    RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) ||
    a.time - b.time ||
    a.number - b.number ||
    (a.part < b.part ? -1 : 1)
  );
}
