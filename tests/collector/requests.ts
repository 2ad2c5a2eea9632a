// Requests for the tests of the collector: bodies in each compression, and raw bytes.
import { connect } from 'node:net';
import { deflateSync } from 'node:zlib';

export const maxBodyBytes = 10_485_760;

export interface ErrorBody {
  errorCode: string;
  errorMessage: string;
}

/** Returns a body with these logs. */
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

/** Returns a raw LZ4 block that contains only literals. Every decoder must accept it. */
export function lz4Literals(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let rest = raw.length - 15; rest >= 0; rest -= 255) length.push(Math.min(rest, 255));
  const block = new Uint8Array(1 + length.length + raw.length);
  block.set([Math.min(raw.length, 15) << 4, ...length]);
  block.set(raw, 1 + length.length);
  return block;
}

/** Compresses and posts a body. `rawSize` replaces the correct size in the header. */
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

/** Sends raw bytes. Returns everything received until the server closes the connection. */
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
