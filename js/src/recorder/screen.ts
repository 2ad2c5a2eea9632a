// Decides what part of an event may be recorded: scrubs addresses, masks fields, applies the sample rate and the rate
// limit, and asks `beforeSend`.

import { MinuteCounts } from '../minute.ts';
import { cut } from '../text.ts';
import type { DropReason } from '../types.ts';
import { fieldsOf, TooLarge } from './fields.ts';
import type { Settings } from './options.ts';

const MASKED = '***';

type Rules = Pick<Settings, 'urlParams' | 'mask' | 'sampleRate' | 'rateLimit' | 'beforeSend'>;

export class Screen {
  readonly #rules: Rules;
  readonly #dropField: (field: string, reason: DropReason) => void;
  /** Decides the sample for visitors without an id: one value, so a page records all of its events or none. */
  readonly #pageShare = Math.random();
  /** Number of events in the current minute, by name. */
  readonly #recent = new MinuteCounts();
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
    if (rateLimit < Number.POSITIVE_INFINITY && this.#recent.add(name) > rateLimit) {
      return 'rate_limited';
    }
    return beforeSend ? this.#askHook(fields, beforeSend) : fields;
  }

  #askHook(fields: readonly string[], beforeSend: NonNullable<Rules['beforeSend']>) {
    // Without a prototype: a field may have the name `__proto__`.
    const event: Record<string, string> = Object.create(null);
    for (let at = 0; at < fields.length; at += 2)
      event[fields[at] as string] = fields[at + 1] as string;
    try {
      const answer = beforeSend(event);
      if (answer === null || answer === false) return undefined;
      // An async hook fails. So does a hook without `return`: reading `then` of undefined throws.
      if (typeof (answer as { then?: unknown }).then !== 'function') {
        return fieldsOf(answer, this.#dropField);
      }
    } catch (error) {
      if (error instanceof TooLarge) return 'too_large';
      // Lose the event: the hook may have been about to remove something private.
    }
    return 'hook_failed';
  }

  #scrubbed(address: string): string {
    if (address !== this.#lastAddress) {
      this.#lastAddress = address;
      this.#lastScrubbed = scrubbed(address, this.#rules.urlParams);
    }
    return this.#lastScrubbed;
  }
}

/** Most characters of an address that are recorded. */
const MAX_ADDRESS = 2_048;
/** Most characters of a query or a fragment that are searched. */
const MAX_SEARCHED = 8_192;
/** Browsers remove these wherever they are: https://url.spec.whatwg.org/#url-parsing */
const IGNORED = /[\t\n\r]/g;
/** Schemes whose address is itself content: only the scheme is kept. */
const CONTENT = /^[\0- ]*(?:data|blob|javascript):/i;
const PARTS = /^([^?#]*)\??([^#]*)#?(.*)/s;
/** User and password, up to the last `@` before the path. The first schemes need no slashes before them. */
const USER = /^([\0- ]*(?:[a-z][\w+.-]*:)*(?:(?:https?|wss?|ftp):[\\/]*|[\\/]{2,}))[^\\/]*@/i;
/** Folders of a saved page: they may name a person. */
const FOLDERS = /^([\0- ]*file:).*[\\/]/i;
/** A fragment that is a route, `#/…` or `#!/…`. */
const ROUTE = /^!?\/[^?&#]*/;

// Removes the user, all parameters that are not in `params`, and the fragment unless it is a route.
function scrubbed(address: string, params: readonly string[]): string {
  const [, path = '', query = '', fragment = ''] = PARTS.exec(address.replace(IGNORED, '')) ?? [];
  const content = CONTENT.exec(path);
  if (content) return content[0];
  const kept = query
    .slice(0, MAX_SEARCHED)
    .split('&')
    .filter((parameter) => params.includes(parameter.split('=', 1)[0] as string))
    .join('&');
  const route = ROUTE.exec(fragment.slice(0, MAX_SEARCHED));
  const place = path.replace(USER, '$1').replace(FOLDERS, '$1///');
  return cut(place + (kept && `?${kept}`) + (route ? `#${route[0]}` : ''), MAX_ADDRESS);
}

/** Hashes a text to a number from 0 to below 1: 32-bit FNV-1a, then a step that mixes the high bits. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
