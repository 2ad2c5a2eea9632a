// The compared ways from the same events to a request's body. Each turns values into texts, as the endpoint requires,
// and makes the UTF-8 bytes to send.

import SlsTracker from '@aliyun-sls/web-track-browser';
import { zlibSync } from 'fflate';
import { compressBlock, compressBound } from 'lz4js';
import type { TrackEvent } from '../../js/src/types.ts';
import type { Envelope } from './glue.ts';

export interface Body {
  bytes: Uint8Array<ArrayBuffer>;
  encoding: 'plain' | 'lz4' | 'deflate';
  rawBytes: number;
}

export interface Path {
  id: string;
  title: string;
  run(events: readonly TrackEvent[]): Body;
  /** Size of the linear memory; only for WebAssembly. */
  memoryBytes?(): number;
}

/** What every body holds besides its logs. */
export const ENVELOPE: Envelope = {
  topic: 'bench',
  source: 'shop.example.com',
  tags: { app: 'shop', release: '4.2.0' },
};

const encoder = new TextEncoder();

/** All paths; the first is this library as it ships. */
export async function makePaths(): Promise<Path[]> {
  const payload = officialPayload();
  return [
    await corePath('webtrack', 'this library', 'core'),
    {
      id: 'official',
      title: 'official SDK, plain',
      run: (events) => plainBody(payload(events)),
    },
    { id: 'lz4js', title: 'JSON.stringify + lz4js', run: lz4Body },
    { id: 'fflate6', title: 'JSON.stringify + fflate, level 6', run: deflateBody(6) },
    { id: 'fflate1', title: 'JSON.stringify + fflate, level 1', run: deflateBody(1) },
    await corePath('nlohmann', 'nlohmann/json in WebAssembly + LZ4', 'nlohmann_body'),
  ];
}

/** The glue of this library with the given module. */
async function corePath(id: string, title: string, module: string): Promise<Path> {
  const { makeGlue }: typeof import('./glue.ts') = await import(`/glue.js?for=${module}`);
  const { run, memoryBytes } = await makeGlue(`/${module}.wasm`, ENVELOPE);
  return {
    id,
    title,
    run(events) {
      const { body, encoding, rawBytes } = run(events);
      return { bytes: body, encoding, rawBytes };
    },
    memoryBytes,
  };
}

// The SDK with its own buffer, conversion and JSON, up to the point where it would send.
function officialPayload(): (events: readonly TrackEvent[]) => string {
  const { topic, source, tags } = ENVELOPE;
  const host = location.origin;
  const tracker = new SlsTracker({
    host,
    project: '',
    logstore: 'web',
    time: 3600,
    count: 1e9,
    topic,
    source,
    tags,
  });
  let payload = '';
  tracker.getOpt().sendPayload = async (_url: string, text: string) => {
    payload = text;
  };
  return (events) => {
    for (const event of events) tracker.send(event);
    tracker.sendBatchLogsImmediate([]);
    return payload;
  };
}

// Hand-written code of a page, without an SDK's overhead.
function json(events: readonly TrackEvent[]): Uint8Array<ArrayBuffer> {
  const logs = events.map((event) => {
    const log: Record<string, string> = {};
    for (const key of Object.keys(event)) {
      const value = event[key];
      if (typeof value === 'string') log[key] = value;
      else log[key] = typeof value === 'object' ? JSON.stringify(value) : String(value);
    }
    return log;
  });
  const { source, topic, tags } = ENVELOPE;
  const body = { __logs__: logs, __source__: source, __topic__: topic, __tags__: tags };
  return encoder.encode(JSON.stringify(body));
}

function plainBody(payload: string): Body {
  const bytes = encoder.encode(payload);
  return { bytes, encoding: 'plain', rawBytes: bytes.length };
}

const lz4Table = new Uint32Array(1 << 16);

export function lz4Body(events: readonly TrackEvent[]): Body {
  const raw = json(events);
  const block = new Uint8Array(compressBound(raw.length));
  lz4Table.fill(0);
  const size = compressBlock(raw, block, 0, raw.length, lz4Table);
  return { bytes: block.slice(0, size), encoding: 'lz4', rawBytes: raw.length };
}

export function deflateBody(level: 1 | 6): (events: readonly TrackEvent[]) => Body {
  return (events) => {
    const raw = json(events);
    const bytes = zlibSync(raw, { level }) as Uint8Array<ArrayBuffer>;
    return { bytes, encoding: 'deflate', rawBytes: raw.length };
  };
}
