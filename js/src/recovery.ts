// Batches that the endpoint refused as they were: cut into pieces, or written out plain.

import type { Core } from './core.ts';
import type { Recovery } from './delivery.ts';
import { batchId, envelopeOf } from './lane.ts';
import type { StoredBatch } from './types.ts';

const NO_BOUND = 0xffff_ffff;

/** What `core` knows of outcomes and of bodies sealed before. */
export function recoveryBy(core: Core): Recovery {
  let scratch: Core | undefined;
  return {
    decide: (outcome, compressed, attempts) => core.decide(outcome, compressed, attempts),
    async cut(batch, events, compress) {
      scratch ??= core.another();
      const { body, rawBytes } = await asCoreHasIt(batch);
      if (!scratch.load(body, rawBytes)) return undefined;
      const pieces: StoredBatch[] = [];
      while (scratch.events > 0) {
        const part = events < batch.events ? `${batch.part}.${pieces.length}` : batch.part;
        const id = batchId({ ...batch, part });
        scratch.setEnvelope(envelopeOf(batch.envelope, id));
        const piece = scratch.seal(NO_BOUND, compress, events);
        if (!piece) return undefined;
        pieces.push({ ...batch, ...piece, part });
        scratch.discard(piece.events);
      }
      return pieces;
    },
  };
}

// The core reads LZ4 and plain bodies.
async function asCoreHasIt({ body, rawBytes, encoding }: StoredBatch) {
  // See literal_block.ts.
  if (body.length > rawBytes) return { body: body.subarray(-rawBytes), rawBytes };
  if (encoding !== 'deflate') return { body, rawBytes };
  const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream('deflate'));
  return { body: new Uint8Array(await new Response(stream).arrayBuffer()), rawBytes };
}

/** Where no core ever comes: bodies are plain, and what was refused is tried again in a minute. */
export const recoveryWithoutCore: Recovery = {
  decide: ({ status }) =>
    status >= 200 && status < 300
      ? { action: 'ack', delay: 0 }
      : { action: 'retry', delay: 60_000 },
  async cut() {
    return undefined;
  },
};
