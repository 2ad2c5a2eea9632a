// What of an event may be recorded: addresses scrubbed, fields masked, floods and samples cut, and what the
// page itself says of it.

import { fieldsOf } from './fields.ts';
import type { Settings } from './options.ts';
import type { DropReason, TrackEvent } from './types.ts';

const MINUTE_MS = 60_000;
const MASKED = '***';
/** Fields whose name ends so hold an address; see SCHEMA.md. */
const ADDRESS = /_url$/;

type Rules = Pick<Settings, 'urlParams' | 'mask' | 'sampleRate' | 'rateLimit' | 'beforeSend'>;

export class Screen {
  readonly #rules: Rules;
  /** Stands in for a visitor who has no id: all events of the page or none. */
  readonly #chance = Math.random();
  /** Events of the present minute, by name. */
  readonly #recent = new Map<string, number>();
  #minute = 0;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** The fields as they may be recorded, the reason why the event is lost, or undefined when nobody wants it. */
  admit(fields: string[]): string[] | DropReason | undefined {
    const { mask, sampleRate, beforeSend } = this.#rules;
    const { visitor, name } = known(fields);
    if ((visitor ? shareOf(visitor) : this.#chance) >= sampleRate) return undefined;
    if (this.#isFlood(name)) return 'rate_limited';
    for (let at = 0; at < fields.length; at += 2) {
      const key = fields[at] as string;
      if (ADDRESS.test(key)) fields[at + 1] = this.#scrubbed(fields[at + 1] as string);
      if (mask.includes(key)) fields[at + 1] = MASKED;
    }
    return beforeSend ? this.#asked(fields, beforeSend) : fields;
  }

  #asked(fields: string[], beforeSend: NonNullable<Rules['beforeSend']>) {
    const event: Record<string, string> = {};
    for (let at = 0; at < fields.length; at += 2)
      event[fields[at] as string] = fields[at + 1] as string;
    try {
      const answer: TrackEvent | null | false | undefined = beforeSend(event);
      return answer ? fieldsOf(answer, () => {}) : undefined;
    } catch {
      // It may have been about to take something out.
      return 'hook_failed';
    }
  }

  #isFlood(name: string): boolean {
    const minute = Math.floor(performance.now() / MINUTE_MS);
    if (minute !== this.#minute) this.#recent.clear();
    this.#minute = minute;
    const count = (this.#recent.get(name) ?? 0) + 1;
    this.#recent.set(name, count);
    return count > this.#rules.rateLimit;
  }

  // Without user, fragment (but for a route, `#/…`) and parameters that are not on the list.
  #scrubbed(address: string): string {
    const [, path = '', query = '', fragment = ''] =
      /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(address) ?? [];
    const bare = path
      .replace(/^([\w+.-]+:\/\/)[^/@]*@/, '$1')
      .replace(/^((?:data|blob|javascript):).*/s, '$1');
    const kept = query
      .split('&')
      .filter((one) => this.#rules.urlParams.includes(one.replace(/=.*/s, '')))
      .join('&');
    const route = /^!?\/[^?&]*/.exec(fragment)?.[0];
    return bare + (kept && `?${kept}`) + (route ? `#${route}` : '');
  }
}

function known(fields: readonly string[]) {
  let visitor = '';
  let name = '';
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] === 'visitor_id') visitor = fields[at + 1] as string;
    else if (fields[at] === 'event') name = fields[at + 1] as string;
  }
  return { visitor, name };
}

/** A number from 0 to below 1 that is a text's own (32-bit FNV-1a, and a last mixing for the high bits). */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
