// Reads a track request as the endpoint would: its batch id and its events.
import type { IncomingHttpHeaders } from 'node:http';
import { inflateSync } from 'node:zlib';
import { decompressBlock } from 'lz4js';

export interface WireEvent {
  /** The field `m`, by which the test recognizes the event. */
  marker: string;
  /** What identifies it for a reader of the store: `page_load_id` and `seq`. */
  name: string;
}

export interface WireBody {
  batchId: string;
  events: WireEvent[];
  poisoned: boolean;
  compressed: boolean;
  /** Bytes of the JSON. */
  rawBytes: number;
}

type Log = Readonly<Record<string, string>>;

/** Undefined if the body cannot be read; then the collector answers with an error. */
export function readPost(body: Buffer, headers: IncomingHttpHeaders): WireBody | undefined {
  try {
    const json = decompress(body, headers);
    const { __logs__: logs, __tags__: tags } = JSON.parse(json.toString());
    const compressed = headers['x-log-compresstype'] !== undefined;
    return describe(logs, tags?.batch_id ?? '', { compressed, rawBytes: json.length });
  } catch {
    return undefined;
  }
}

/** The log in a GET's address. */
export function readGet(query: URLSearchParams, bytes: number): WireBody {
  const log = Object.fromEntries(query);
  return describe([log], log['__tag__:batch_id'] ?? '', { compressed: false, rawBytes: bytes });
}

function describe(
  logs: Log[],
  batchId: string,
  size: Pick<WireBody, 'compressed' | 'rawBytes'>,
): WireBody {
  return {
    batchId,
    events: logs.map(({ m = '', page_load_id, seq }) => ({
      marker: m,
      name: `${page_load_id} ${seq}`,
    })),
    poisoned: logs.some((log) => log.poison === '1'),
    ...size,
  };
}

function decompress(body: Buffer, headers: IncomingHttpHeaders): Buffer {
  switch (headers['x-log-compresstype']) {
    case undefined:
      return body;
    case 'deflate':
      return inflateSync(body);
    default: {
      const raw = Buffer.alloc(Number(headers['x-log-bodyrawsize']));
      return raw.subarray(0, decompressBlock(body, raw, 0, body.length, 0));
    }
  }
}
