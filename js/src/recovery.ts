// Batches that the endpoint refused as they were: cut into pieces, or written out plain.

import { batchId, envelopeOf } from './batch_tags.ts';
import type { Core } from './core.ts';
import type { Recovery } from './delivery.ts';
import type { StoredBatch } from './types.ts';

const NO_BOUND = 0xffff_ffff;

/** What `core` knows of outcomes and of bodies sealed before. */
export function recoveryBy(core: Core): Recovery {
  let open: Core | undefined;
  return {
    decide: (outcome, compressed, attempts) => core.decide(outcome, compressed, attempts),
    logs: (batch) => logsOf(batch, core),
    async cut(batch, events, compress) {
      const logs = await logsOf(batch, core);
      open ??= core.another();
      const pieces: StoredBatch[] = [];
      for (let at = 0; at < logs.length; at += events) {
        const part = events < batch.events ? `${batch.part}.${pieces.length}` : batch.part;
        open.setEnvelope(envelopeOf(batch.envelope, batchId({ ...batch, part })));
        for (const log of logs.slice(at, at + events)) open.append(Object.entries(log).flat());
        const piece = open.seal(NO_BOUND, compress);
        if (piece) pieces.push({ ...batch, ...piece, part });
        open.discard(events);
      }
      return pieces;
    },
  };
}

async function logsOf(batch: StoredBatch, core?: Core): Promise<Record<string, string>[]> {
  return JSON.parse(await bodyOf(batch, core)).__logs__;
}

async function bodyOf({ body, rawBytes, encoding }: StoredBatch, core?: Core): Promise<string> {
  if (encoding === 'lz4' && core) return new TextDecoder().decode(core.unpack(body, rawBytes));
  const blob = new Blob([body]);
  if (encoding === 'plain') return blob.text();
  return new Response(blob.stream().pipeThrough(new DecompressionStream('deflate'))).text();
}

/** Where no core ever comes: bodies are plain, and what was refused is tried again in a minute. */
export const recoveryWithoutCore: Recovery = {
  decide: ({ status }) =>
    status >= 200 && status < 300
      ? { action: 'ack', delay: 0 }
      : { action: 'retry', delay: 60_000 },
  logs: (batch) => logsOf(batch),
  async cut() {
    return [];
  },
};
