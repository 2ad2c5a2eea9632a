// Decides what part of an event may be recorded: scrubs addresses, masks fields, applies the sample rate and the rate
// limit, and asks `beforeSend`.

import type { DropReason } from '../types.ts';
import { fieldsOf } from './fields.ts';
import type { Settings } from './options.ts';

const MINUTE_MS = 60_000;
const MASKED = '***';

type Rules = Pick<Settings, 'urlParams' | 'mask' | 'sampleRate' | 'rateLimit' | 'beforeSend'>;

export class Screen {
  readonly #rules: Rules;
  readonly #dropField: (field: string, reason: DropReason) => void;
  /** Decides the sample for visitors without an id: one value, so a page records all of its events or none. */
  readonly #pageShare = Math.random();
  /** Number of events in the current minute, by name. */
  readonly #recent = new Map<string, number>();
  #minute = 0;
  /** The last address and its scrubbed form, cached because most events have the page's address. */
  #lastAddress = '';
  #lastScrubbed = '';

  /** `dropField` is called for each field of `beforeSend`'s answer that cannot be recorded. */
  constructor(rules: Rules, dropField: (field: string, reason: DropReason) => void) {
    this.#rules = rules;
    this.#dropField = dropField;
  }

  /**
   * Returns the fields to record, or the reason why the event is lost, or undefined when it is not wanted: it is
   * outside the sample, or `beforeSend` returned null or false. Changes `fields`, `[key, value, …]`, in place.
   */
  admit(fields: string[]): string[] | DropReason | undefined {
    const { mask, sampleRate, rateLimit, beforeSend } = this.#rules;
    let visitor = '';
    let name = '';
    for (let at = 0; at < fields.length; at += 2) {
      const key = fields[at] as string;
      if (key === 'event') name = fields[at + 1] as string;
      else if (key === 'visitor_id') visitor = fields[at + 1] as string;
      // A field with such a name is an address, see SCHEMA.md.
      else if (key.endsWith('_url')) fields[at + 1] = this.#scrubbed(fields[at + 1] as string);
      if (mask.includes(key)) fields[at + 1] = MASKED;
    }
    if (sampleRate < 1 && (visitor ? shareOf(visitor) : this.#pageShare) >= sampleRate) {
      return undefined;
    }
    if (rateLimit < Number.POSITIVE_INFINITY && this.#isOverRateLimit(name)) return 'rate_limited';
    return beforeSend ? this.#askHook(fields, beforeSend) : fields;
  }

  #askHook(fields: readonly string[], beforeSend: NonNullable<Rules['beforeSend']>) {
    const event: Record<string, string> = {};
    for (let at = 0; at < fields.length; at += 2)
      event[fields[at] as string] = fields[at + 1] as string;
    try {
      const answer = beforeSend(event);
      if (answer === null || answer === false) return undefined;
      // An async hook fails. So does a hook without `return`: reading `then` of undefined throws.
      if (typeof (answer as { then?: unknown }).then !== 'function') {
        return fieldsOf(answer, this.#dropField);
      }
    } catch {
      // Lose the event: the hook may have been about to remove something private.
    }
    return 'hook_failed';
  }

  #isOverRateLimit(name: string): boolean {
    const minute = Math.floor(performance.now() / MINUTE_MS);
    if (minute !== this.#minute) this.#recent.clear();
    this.#minute = minute;
    const count = (this.#recent.get(name) ?? 0) + 1;
    this.#recent.set(name, count);
    return count > this.#rules.rateLimit;
  }

  #scrubbed(address: string): string {
    if (address !== this.#lastAddress) {
      this.#lastAddress = address;
      this.#lastScrubbed = scrubbed(address, this.#rules.urlParams);
    }
    return this.#lastScrubbed;
  }
}

/** Schemes whose address is itself content: only the scheme is kept. */
const CONTENT = /^\s*(?:data|blob|javascript):/i;
const PARTS = /^([^?#]*)\??([^#]*)#?(.*)/s;
/** User and password, up to the last `@` before the path, as browsers parse them. */
const USER = /^(\s*(?:[a-z][\w+.-]*:)?[\\/]{2,})[^\\/]*@/i;
/** A fragment that is a route, `#/…` or `#!/…`. */
const ROUTE = /^!?\/[^?&#]*/;

// Removes the user, all parameters that are not in `params`, and the fragment unless it is a route.
function scrubbed(address: string, params: readonly string[]): string {
  const content = CONTENT.exec(address);
  if (content) return content[0];
  const [, path = '', query = '', fragment = ''] = PARTS.exec(address) ?? [];
  const kept = query
    .split('&')
    .filter((parameter) => params.includes(parameter.split('=', 1)[0] as string))
    .join('&');
  const route = ROUTE.exec(fragment);
  return path.replace(USER, '$1') + (kept && `?${kept}`) + (route ? `#${route[0]}` : '');
}

/** Hashes a text to a number from 0 to below 1: 32-bit FNV-1a, then a step that mixes the high bits. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
