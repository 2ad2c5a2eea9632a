// Checks that a path's body holds the right events. Decodes it without any code of this library.

import { decompressBlock } from 'lz4js';
import type { TrackEvent } from '../../js/src/types.ts';
import { type Body, ENVELOPE } from './paths.ts';

/** Throws unless `body`, which `path` made, holds the envelope and these events with all fields as texts. */
export async function checkBody(
  path: string,
  body: Body | undefined,
  events: readonly TrackEvent[],
): Promise<void> {
  const wrong = body === undefined ? 'it is missing' : await mistakeIn(body, events);
  if (wrong) throw new Error(`${path}: the body is wrong: ${wrong}`);
}

async function mistakeIn(body: Body, events: readonly TrackEvent[]): Promise<string | undefined> {
  const raw = await decode(body);
  if (raw.length !== body.rawBytes) return `decodes to ${raw.length} bytes, not ${body.rawBytes}`;
  const found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  const { source, topic, tags } = ENVELOPE;
  const expected = {
    __logs__: events.map(logOf),
    __source__: source,
    __tags__: tags,
    __topic__: topic,
  };
  for (const [key, value] of Object.entries(expected)) {
    const [is, should] = [JSON.stringify(found[key]), JSON.stringify(value)];
    if (is !== should) return `${key} is ${start(is)}, not ${start(should)}`;
  }
  return undefined;
}

/** The start of a text, for an error message. */
function start(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}

async function decode({ bytes, encoding, rawBytes }: Body): Promise<Uint8Array> {
  if (encoding === 'plain') return bytes;
  if (encoding === 'lz4') {
    const raw = new Uint8Array(rawBytes);
    return raw.subarray(0, decompressBlock(bytes, raw, 0, bytes.length, 0));
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function logOf(event: TrackEvent): Record<string, string> {
  const textOf = (value: unknown) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value);
  return Object.fromEntries(Object.entries(event).map(([key, value]) => [key, textOf(value)]));
}
