// Writes a track body with the browser's JSON.stringify, for bodies made without the core.

import { stringify } from '../../natives.ts';
import { wellFormed } from '../../text.ts';
import type { Envelope } from '../types.ts';

/** The part of a body before its logs. */
export const HEAD = '{"__logs__":[';

/** The part of a body after its logs. */
export function tailOf({ source, topic, tags }: Envelope): string {
  const rest = { __source__: source, ...(topic && { __topic__: topic }), __tags__: tags };
  return `],${stringify(rest).slice(1)}`;
}

/** A whole body of logs, each `[key, value, …]`. */
export function bodyOf(logs: readonly (readonly string[])[], envelope: Envelope): string {
  return HEAD + logs.map(logOf).join() + tailOf(envelope);
}

/** One log as JSON, from `[key, value, …]`. */
export function logOf(fields: readonly string[]): string {
  const pairs: string[][] = [];
  for (let at = 0; at < fields.length; at += 2)
    pairs.push(fields.slice(at, at + 2).map(wellFormed));
  return stringify(Object.fromEntries(pairs));
}
