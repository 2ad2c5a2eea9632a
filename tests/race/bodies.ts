// Decodes the body of any client's request far enough to find the markers of its events.
import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';
import { decompressBlock } from 'lz4js';
import { markersOf } from './markers.ts';

/** The different markers in a body. */
export function markersIn(body: Buffer, headers: IncomingHttpHeaders): Set<string> {
  const text = textOf(body, headers);
  const form = unescaped(text);
  return new Set([text, form, decoded(form)].flatMap(markersOf));
}

function textOf(body: Buffer, headers: IncomingHttpHeaders): string {
  if (headers['x-log-compresstype'] === 'lz4') {
    const raw = Buffer.alloc(Number(headers['x-log-bodyrawsize']));
    return raw.toString('utf8', 0, decompressBlock(body, raw, 0, body.length, 0));
  }
  if (body[0] === 0x1f && body[1] === 0x8b) return gunzipSync(body).toString();
  if (body[0] === 0x78 && body.length > 2 && body.readUInt16BE(0) % 31 === 0) {
    return inflateSync(body).toString();
  }
  return body.toString();
}

/** Decodes a form; returns any other text unchanged. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Decodes all parts of a text that may be Base64 of either alphabet. */
function decoded(text: string): string {
  const runs = text.match(/[A-Za-z0-9+/_-]{24,}/g) ?? [];
  return runs.map((run) => Buffer.from(run, 'base64').toString('latin1')).join('\n');
}
