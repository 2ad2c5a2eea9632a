// A plain body in the form of an LZ4 block, for the one request whose headers matter more than its size.

import type { StoredBatch } from './types.ts';

/** The batch as one run of literals: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
export function literalBlock(batch: StoredBatch): StoredBatch {
  const { body } = batch;
  const length = [Math.min(body.length, 15) << 4];
  let rest = body.length - 15;
  for (; rest >= 255; rest -= 255) length.push(255);
  if (rest >= 0) length.push(rest);
  const block = new Uint8Array(length.length + body.length);
  block.set(length);
  block.set(body, length.length);
  return { ...batch, body: block, encoding: 'lz4' };
}
