// The browser's own deflate: a third smaller than LZ4, but asynchronous.

import type { Promise } from '../../natives.ts';
import type { StoredBatch } from '../types.ts';

/** Whether the browser has deflate. */
export const canDeflate = () => typeof globalThis.CompressionStream === 'function';

/** Compresses a plain batch to a zlib stream. Rejects if the browser fails. */
export async function deflated(batch: StoredBatch): Promise<StoredBatch> {
  const stream = new globalThis.Blob([batch.body])
    .stream()
    .pipeThrough(new globalThis.CompressionStream('deflate'));
  const body = new Uint8Array(await new globalThis.Response(stream).arrayBuffer());
  return body.length < batch.rawBytes ? { ...batch, body, encoding: 'deflate' } : batch;
}
