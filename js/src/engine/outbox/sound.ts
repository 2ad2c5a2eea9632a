// Checks what is read from storage: every script of the origin can write there, and so can a later version.

import type { StoredBatch } from '../types.ts';
import { RANKS } from './outbox.ts';

/** The number of the last stored batch or group of an owner. */
export interface StoredProgress {
  tracker: string;
  number: number;
  /** Epoch milliseconds. */
  time: number;
}

type Unchecked<Value> = { readonly [Key in keyof Value]?: unknown };

const ENCODINGS = ['plain', 'lz4', 'deflate'];
/** Most characters of an id or an address. */
const MAX_LENGTH = 4_096;

const isText = (value: unknown) => typeof value === 'string' && value.length <= MAX_LENGTH;
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const isTime = (value: unknown) => Number.isFinite(value) && (value as number) > 0;

export function isProgress(value: unknown): value is StoredProgress {
  if (!isObject(value)) return false;
  const { tracker, number, time }: Unchecked<StoredProgress> = value;
  return isText(tracker) && isCount(number) && Number.isFinite(time);
}

export function isBatch(value: unknown): value is StoredBatch {
  if (!isProgress(value)) return false;
  const batch = value as Unchecked<StoredBatch>;
  const { body, envelope, recorders = [] } = batch;
  const { source, topic, tags }: Unchecked<StoredBatch['envelope']> = isObject(envelope)
    ? envelope
    : {};
  return (
    isTime(batch.time) &&
    batch.url !== '' &&
    [batch.url, batch.part, source, topic].every(isText) &&
    [batch.events, batch.rawBytes].every(isCount) &&
    RANKS.includes(batch.rank as StoredBatch['rank']) &&
    ENCODINGS.includes(batch.encoding as string) &&
    Object.prototype.toString.call(body) === '[object Uint8Array]' &&
    isObject(tags) &&
    Object.values(tags).every((tag) => typeof tag === 'string') &&
    Array.isArray(recorders) &&
    recorders.every((run) => Array.isArray(run) && isText(run[0]) && isCount(run[1]))
  );
}
