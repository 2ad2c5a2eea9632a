// What the proxy knows about one track request.
import type { IncomingMessage } from 'node:http';
import type { Condition } from './faults.ts';
import { readGet, readPost, type WireBody } from './wire_body.ts';

/** The number of a document, or a shared worker such as `worker 1`; see page_server.ts. */
export type Sender = number | `worker ${number}` | undefined;

export interface WireRequest {
  /** Epoch milliseconds, like all times here. */
  arrived: number;
  sender: Sender;
  body: WireBody | undefined;
  wireBytes: number;
  /** What the proxy did with it: the name of the injection, the status of its own answer, or `pass`. */
  fate: string;
  /** When the collector had stored it. */
  stored?: number;
  status?: number;
  /** When the whole answer was handed to the network. */
  answered?: number;
  /** Why the sender cannot have read the answer: it was cut off, or CORS hides it. */
  lost?: 'cut' | 'hidden';
}

export function describeRequest(request: IncomingMessage, bytes: Buffer): WireRequest {
  const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://proxy');
  const isGet = request.method === 'GET' && pathname.includes('/track');
  return {
    arrived: Date.now(),
    sender: senderOf(request.headers.referer),
    body: isGet ? readGet(searchParams, search.length) : readPost(bytes, request.headers),
    wireBytes: isGet ? search.length : bytes.length,
    fate: 'pass',
  };
}

/** One line about a request. */
export function inShort(request: WireRequest): string {
  const { arrived, sender, body, fate, stored, answered = Date.now(), lost } = request;
  const markers = body?.events.map(({ marker }) => marker) ?? [];
  const events = [markers.at(0), markers.at(-1)].join(' to ');
  const end = `${stored ? 'stored' : 'not stored'}${lost ? `, answer ${lost}` : ''}`;
  const times = `at ${arrived}, after ${answered - arrived} ms`;
  const who = typeof sender === 'number' ? `document ${sender}` : sender;
  return `${who} sent ${body?.batchId}, ${events}: ${fate}, ${end}, ${times}`;
}

/** Whether a fault applies to this request. */
export function meets(
  body: WireBody | undefined,
  { logsAbove, bytesAbove, poisoned, compressed }: Condition = {},
): boolean {
  return (
    (logsAbove === undefined || (body?.events.length ?? 0) > logsAbove) &&
    (bytesAbove === undefined || (body?.rawBytes ?? 0) > bytesAbove) &&
    (poisoned === undefined || body?.poisoned === true) &&
    (compressed === undefined || body?.compressed === true)
  );
}

function senderOf(referer: string | undefined): Sender {
  const given = new URL(referer ?? 'http://nobody').searchParams;
  const worker = Number(given.get('worker'));
  if (worker > 0) return `worker ${worker}`;
  return Number(given.get('document')) || undefined;
}
