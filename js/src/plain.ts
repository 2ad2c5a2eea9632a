// Stands in for the core until that is loaded, and for good where a page forbids WebAssembly: the same
// batch, never compressed.

import { Status } from './core.ts';
import type { Batch, OpenBatch } from './types.ts';

const MAX_EVENTS = 4096;
const MAX_BYTES = 2_800_000;

export class PlainBatch implements OpenBatch {
  #events: (readonly string[])[] = [];
  #envelope: object = {};
  /** Bytes of the JSON, were all text ASCII without escapes; the endpoint's bound lies far above. */
  #bytes = 0;

  get events(): number {
    return this.#events.length;
  }

  append(fields: readonly string[]): number {
    const bytes = fields.reduce((sum, text) => sum + text.length + 3, 3);
    if (this.#bytes + bytes > MAX_BYTES || this.events === MAX_EVENTS) {
      return bytes > MAX_BYTES ? Status.TOO_LARGE : Status.FULL;
    }
    this.#events.push(fields);
    this.#bytes += bytes;
    return this.#bytes;
  }

  setEnvelope(source: string, topic: string, tags: Readonly<Record<string, string>>): number {
    this.#envelope = {
      __source__: source,
      ...(topic !== '' && { __topic__: topic }),
      __tags__: tags,
    };
    return this.#bytes;
  }

  seal(maxBytes: number): Batch | undefined {
    for (let events = this.events; events > 0; events >>= 1) {
      const logs = this.#events.slice(0, events).map(objectOf);
      const json = JSON.stringify({ __logs__: logs, ...this.#envelope });
      const body = new TextEncoder().encode(json);
      if (body.length <= maxBytes) {
        return { body, rawBytes: body.length, compressed: false, events };
      }
    }
    return undefined;
  }

  discard(events: number): void {
    this.take(events);
  }

  /** Hands out the oldest events and forgets them. */
  take(events: number): (readonly string[])[] {
    const taken = this.#events.splice(0, events);
    this.#bytes = 0;
    for (const fields of this.#events.splice(0)) this.append(fields);
    return taken;
  }
}

function objectOf(fields: readonly string[]): object {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    pairs.push([wellFormed(fields[i] as string), wellFormed(fields[i + 1] as string)]);
  }
  return Object.fromEntries(pairs);
}

// JSON.stringify would escape a lone surrogate, and no reader of JSON has to accept that.
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}
