// What the collector's tests send: bodies in each compression, and bytes that no HTTP client would.
import { connect } from 'node:net';
import { deflateSync } from 'node:zlib';

export const maxBodyBytes = 10_485_760;

export interface ErrorBody {
  errorCode: string;
  errorMessage: string;
}

/** A body with these logs. */
export function bodyOf(logs: unknown[], envelope: Record<string, unknown> = {}): string {
  return JSON.stringify({ ...envelope, __logs__: logs });
}

export function post(
  url: string,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

/** A raw LZ4 block of literals alone, which every decoder has to take. */
export function lz4Literals(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let rest = raw.length - 15; rest >= 0; rest -= 255) length.push(Math.min(rest, 255));
  const block = new Uint8Array(1 + length.length + raw.length);
  block.set([Math.min(raw.length, 15) << 4, ...length]);
  block.set(raw, 1 + length.length);
  return block;
}

/** Posts a body compressed; `rawSize` defaults to the truth. */
export function postCompressed(
  url: string,
  type: 'lz4' | 'deflate',
  body: string,
  rawSize?: string,
): Promise<Response> {
  const raw = new TextEncoder().encode(body);
  const wire = type === 'lz4' ? lz4Literals(raw) : new Uint8Array(deflateSync(raw));
  return post(url, wire, {
    'x-log-apiversion': '0.6.0',
    'x-log-compresstype': type,
    'x-log-bodyrawsize': rawSize ?? String(raw.length),
  });
}

/** Sends bytes as they are and returns everything that came back by the time the other side closed. */
export function exchange(url: string, ...pieces: (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    socket.on('data', (data) => received.push(data));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(received).toString('latin1')));
    for (const piece of pieces) socket.write(piece);
  });
}
