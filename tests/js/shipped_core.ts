// Loads the shipped core.wasm in Node, and decompresses its batches.
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { decompressBlock } from 'lz4js';
import { type Core, loadCore, NO_BOUND } from '../../js/src/engine/batch/core.ts';
import type { Batch, Level, OpenBatch } from '../../js/src/engine/types.ts';

export const coreBytes = new Uint8Array(
  readFileSync(new URL('../../dist/core.wasm', import.meta.url)),
);

export function shippedCore(): Promise<Core> {
  return loadCore(coreBytes);
}

/** Seals all events of an open batch. */
export function sealAll(open: OpenBatch, level: Level = 'fast'): Batch {
  const batch = open.seal(NO_BOUND, level);
  if (batch === undefined) throw new Error('nothing was sealed');
  return batch;
}

/** The JSON of a batch. */
export function bodyOf(batch: Batch): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(decompressed(batch));
}

function decompressed({ body, encoding, rawBytes }: Batch): Uint8Array {
  if (encoding === 'plain') return body;
  if (encoding === 'deflate') return inflateSync(body);
  const raw = new Uint8Array(rawBytes);
  const bytes = decompressBlock(body, raw, 0, body.length, 0);
  if (bytes !== rawBytes) throw new Error(`${bytes} bytes instead of ${rawBytes}`);
  return raw;
}
