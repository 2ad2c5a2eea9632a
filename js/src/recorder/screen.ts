// What of an event may be recorded: addresses scrubbed, fields masked, floods and samples cut, and what the
// page itself says of it.

import type { Settings } from '../options.ts';
import type { DropReason } from '../types.ts';
import { fieldsOf } from './fields.ts';

const MINUTE_MS = 60_000;
const MASKED = '***';

type Rules = Pick<Settings, 'urlParams' | 'mask' | 'sampleRate' | 'rateLimit' | 'beforeSend'>;

export class Screen {
  readonly #rules: Rules;
  readonly #dropField: (field: string, reason: DropReason) => void;
  /** Stands in for a visitor who has no id: all events of the page or none. */
  readonly #chance = Math.random();
  /** Events of the present minute, by name. */
  readonly #recent = new Map<string, number>();
  #minute = 0;
  /** The last address and what was left of it: most events have that of the page. */
  #address = '';
  #bare = '';

  /** `dropField` hears what cannot be recorded of that which `beforeSend` answers. */
  constructor(rules: Rules, dropField: (field: string, reason: DropReason) => void) {
    this.#rules = rules;
    this.#dropField = dropField;
  }

  /**
   * The fields as they may be recorded, the reason why the event is lost, or undefined when nobody wants it. Takes `fields`
   * over.
   */
  admit(fields: string[]): string[] | DropReason | undefined {
    const { mask, sampleRate, rateLimit, beforeSend } = this.#rules;
    let visitor = '';
    let name = '';
    for (let at = 0; at < fields.length; at += 2) {
      const key = fields[at] as string;
      if (key === 'event') name = fields[at + 1] as string;
      else if (key === 'visitor_id') visitor = fields[at + 1] as string;
      // See SCHEMA.md.
      else if (key.endsWith('_url')) fields[at + 1] = this.#scrubbed(fields[at + 1] as string);
      if (mask.includes(key)) fields[at + 1] = MASKED;
    }
    if (sampleRate < 1 && (visitor ? shareOf(visitor) : this.#chance) >= sampleRate) {
      return undefined;
    }
    if (rateLimit < Number.POSITIVE_INFINITY && this.#isFlood(name)) return 'rate_limited';
    return beforeSend ? this.#asked(fields, beforeSend) : fields;
  }

  #asked(fields: readonly string[], beforeSend: NonNullable<Rules['beforeSend']>) {
    const event: Record<string, string> = {};
    for (let at = 0; at < fields.length; at += 2)
      event[fields[at] as string] = fields[at + 1] as string;
    try {
      const answer = beforeSend(event);
      if (answer === null || answer === false) return undefined;
      // A page may also have forgotten its `return`, or want to answer later.
      if (typeof (answer as { then?: unknown }).then !== 'function') {
        return fieldsOf(answer, this.#dropField);
      }
    } catch {
      // It may have been about to take something out.
    }
    return 'hook_failed';
  }

  #isFlood(name: string): boolean {
    const minute = Math.floor(performance.now() / MINUTE_MS);
    if (minute !== this.#minute) this.#recent.clear();
    this.#minute = minute;
    const count = (this.#recent.get(name) ?? 0) + 1;
    this.#recent.set(name, count);
    return count > this.#rules.rateLimit;
  }

  #scrubbed(address: string): string {
    if (address !== this.#address) {
      this.#address = address;
      this.#bare = scrubbed(address, this.#rules.urlParams);
    }
    return this.#bare;
  }
}

/** Addresses that are themselves content, of which the scheme says enough. */
const CONTENT = /^\s*(?:data|blob|javascript):/i;
const PARTS = /^([^?#]*)\??([^#]*)#?(.*)/s;
/** What stands ahead of the host; the last `@` counts, as for a browser. */
const USER = /^(\s*(?:[a-z][\w+.-]*:)?[\\/]{2,})[^\\/]*@/i;
const ROUTE = /^!?\/[^?&#]*/;

// Without user, fragment (but for a route, `#/…`) and parameters that are not on the list.
function scrubbed(address: string, params: readonly string[]): string {
  const content = CONTENT.exec(address);
  if (content) return content[0];
  const [, path = '', query = '', fragment = ''] = PARTS.exec(address) ?? [];
  const kept = query
    .split('&')
    .filter((one) => params.includes(one.split('=', 1)[0] as string))
    .join('&');
  const route = ROUTE.exec(fragment);
  return path.replace(USER, '$1') + (kept && `?${kept}`) + (route ? `#${route[0]}` : '');
}

/** A number from 0 to below 1 that is a text's own (32-bit FNV-1a, and a last mixing for the high bits). */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
