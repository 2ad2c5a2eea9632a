// An event's values as the texts that the endpoint stores.

import type { DropReason, TrackEvent } from '../types.ts';

const RESERVED =
  /^(__(topic|source|time|partition_time|extract_others)__|__tag__:.*|_extract_others_)$/s;

// Within for-in engines drop the call of this one, unlike that of Object.hasOwn.
const { hasOwnProperty: hasOwn } = Object.prototype;

const UNDERSCORE = 0x5f;

/** Whether the service gives this name to what it stores beside the fields. A field would be renamed by
 * it, or hide what stands there. */
export function isReserved(key: string): boolean {
  return key.charCodeAt(0) === UNDERSCORE && RESERVED.test(key);
}

/**
 * The event's own fields: key, value, key, value, … Strings stay; numbers, booleans and bigints become
 * their text, dates ISO 8601, URLs their address, other objects JSON; `undefined`, `null`, functions and symbols are left
 * out. A field that cannot be read, or has a reserved name, is told to `dropField` and costs nothing else.
 * Throws a TypeError when it is no event, and whatever an event throws that cannot be looked into.
 */
export function fieldsOf(
  event: TrackEvent,
  dropField: (field: string, reason: DropReason) => void,
): string[] {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new TypeError();
  const fields: string[] = [];
  // Not Object.keys: a value is found faster under the name that for-in has just given.
  for (const key in event) {
    if (!hasOwn.call(event, key)) continue;
    if (isReserved(key)) {
      dropField(key, 'reserved_field');
      continue;
    }
    try {
      const text = textOf(event[key]);
      if (text !== undefined) fields.push(key, text);
    } catch {
      dropField(key, 'invalid_field');
    }
  }
  return fields;
}

function textOf(value: unknown): string | undefined {
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
      return value instanceof Date ? value.toISOString() : JSON.stringify(value);
    default:
      return undefined;
  }
}
