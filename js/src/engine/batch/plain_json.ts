// The track JSON, written by the browser: for bodies that leave without the core.

import type { Envelope } from '../types.ts';

/** What stands ahead of the logs of a body. */
export const HEAD = '{"__logs__":[';

/** What stands behind them. */
export function tailOf({ source, topic, tags }: Envelope): string {
  const rest = { __source__: source, ...(topic && { __topic__: topic }), __tags__: tags };
  return `],${JSON.stringify(rest).slice(1)}`;
}

/** One log, of `[key, value, …]`. */
export function logOf(fields: readonly string[]): string {
  const pairs: string[][] = [];
  for (let at = 0; at < fields.length; at += 2)
    pairs.push(fields.slice(at, at + 2).map(wellFormed));
  return JSON.stringify(Object.fromEntries(pairs));
}

// JSON.stringify would escape a lone surrogate, and no reader of JSON has to accept that.
function wellFormed(text: string): string {
  const { toWellFormed } = text as { toWellFormed?: () => string };
  return toWellFormed ? toWellFormed.call(text) : text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}
