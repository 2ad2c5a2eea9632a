// Turns an event's values into the texts that the endpoint stores.

import { MAX_BODY_BYTES } from '../limits.ts';
import { stringify, URL } from '../natives.ts';
import type { DropReason, Rank, TrackEvent } from '../types.ts';

/** An event on its way through the tracker. */
export interface Tracked {
  /** `[key, value, …]`. */
  fields: string[];
  rank: Rank;
  /** The page was hidden when the event was tracked. */
  hidden: boolean;
  /** The event's number, once it has one. */
  seq?: number;
  isRecorded?: boolean;
  isRetried?: boolean;
}

const RESERVED =
  /^(__(topic|source|time|partition_time|extract_others)__|__tag__:.*|_extract_others_)$/s;

/** No request can hold the event. */
export class TooLarge extends Error {}

// Inside for-in, engines optimize this call away; they do not do so for Object.hasOwn.
const { hasOwnProperty: hasOwn } = Object.prototype;

const UNDERSCORE = 0x5f;

/**
 * Whether the service uses this name for its own data. It would rename a field with this name, or the field would hide
 * the service's data.
 */
export function isReserved(key: string): boolean {
  return key.charCodeAt(0) === UNDERSCORE && RESERVED.test(key);
}

/**
 * Returns the event's own fields as `[key, value, key, value, …]`. Strings stay. Numbers, booleans and bigints become
 * text, dates ISO 8601, URLs their address, other objects JSON. Left out: `undefined`, `null`, functions and symbols.
 * A field that cannot be read or has a reserved name is left out, and `dropField` is called for it.
 * Throws a TypeError if `event` is not an object, or is an array. Rethrows errors of a proxy that cannot be enumerated.
 * Throws `TooLarge` at the first field that no request can hold beside those before it.
 */
export function fieldsOf(
  event: TrackEvent,
  dropField: (field: string, reason: DropReason) => void,
): string[] {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new TypeError();
  const fields: string[] = [];
  // A character takes at least one byte, and each field four quotes, a colon and a comma.
  let room = MAX_BODY_BYTES;
  // Not Object.keys: engines find a value faster by the name that for-in has just produced.
  for (const key in event) {
    if (!hasOwn.call(event, key)) continue;
    if (isReserved(key)) {
      dropField(key, 'reserved_field');
      continue;
    }
    try {
      const text = textOf(event[key], room);
      if (text === undefined) continue;
      room -= key.length + text.length + 6;
      if (room >= 0) fields.push(key, text);
    } catch (error) {
      if (error instanceof TooLarge) throw error;
      dropField(key, 'invalid_field');
    }
    if (room < 0) throw new TooLarge();
  }
  return fields;
}

function textOf(value: unknown, room: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return undefined;
      if (value instanceof URL) return value.href;
      return value instanceof globalThis.Date ? value.toISOString() : jsonOf(value, room);
    default:
      return undefined;
  }
}

/** JSON of `value`. Throws `TooLarge` before work is done on a part that needs more than `room` characters. */
function jsonOf(value: object, room: number): string {
  let left = room;
  return stringify(value, function (this: unknown, key: string, part: unknown) {
    if (!Array.isArray(this)) left -= key.length;
    left -= typeof part === 'string' ? part.length : 1;
    // Read `length` only of lists: elsewhere it may be a getter of the page, which throws.
    const isList = Array.isArray(part) || globalThis.ArrayBuffer.isView(part);
    if (left < 0 || (isList && (part as unknown[]).length > left)) throw new TooLarge();
    return part;
  });
}
