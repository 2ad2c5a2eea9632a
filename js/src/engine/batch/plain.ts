// An open batch without the core, never compressed. It is used until the core has loaded, and for good if the core does
// not load.

import { MAX_BODY_BYTES, MAX_BODY_EVENTS } from '../../limits.ts';
import type { Batch, Envelope, OpenBatch } from '../types.ts';
import { Status } from './core.ts';
import { HEAD, logOf, tailOf } from './plain_json.ts';

interface PlainEvent {
  fields: readonly string[];
  json: string;
  /** Bytes of the JSON and the comma after it. */
  bytes: number;
}

export class PlainBatch implements OpenBatch {
  #events: PlainEvent[] = [];
  #tail = ']}';
  /** Bytes of a body without events. */
  #emptyBytes = bytesOf(HEAD + this.#tail);
  #bytes = 0;

  get events(): number {
    return this.#events.length;
  }

  append(fields: readonly string[]): number {
    const json = logOf(fields);
    const bytes = bytesOf(json) + 1;
    const room = MAX_BODY_BYTES - this.#emptyBytes;
    if (bytes > room) return Status.TOO_LARGE;
    if (bytes > room - this.#bytes || this.events === MAX_BODY_EVENTS) return Status.FULL;
    this.#events.push({ fields, json, bytes });
    this.#bytes += bytes;
    return this.#emptyBytes + this.#bytes;
  }

  setEnvelope(envelope: Envelope): number {
    this.#tail = tailOf(envelope);
    this.#emptyBytes = bytesOf(HEAD + this.#tail);
    return this.#emptyBytes + this.#bytes;
  }

  seal(maxBytes: number): Batch | undefined {
    let events = 0;
    let bytes = this.#emptyBytes;
    for (const event of this.#events) {
      bytes += event.bytes;
      if (bytes > maxBytes) break;
      events++;
    }
    if (events === 0) return undefined;
    const logs = this.#events.slice(0, events).map(({ json }) => json);
    const body = new globalThis.TextEncoder().encode(HEAD + logs.join(',') + this.#tail);
    return { body, rawBytes: body.length, encoding: 'plain', events };
  }

  discard(events: number): void {
    this.take(events);
  }

  /** Removes the oldest events and returns them. */
  take(events: number): (readonly string[])[] {
    const taken = this.#events.splice(0, events);
    for (const { bytes } of taken) this.#bytes -= bytes;
    return taken.map(({ fields }) => fields);
  }
}

function bytesOf(text: string): number {
  return new globalThis.TextEncoder().encode(text).length;
}
