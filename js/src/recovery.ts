// Batches that the endpoint refused as they were: cut into pieces, or written out plain.

import { batchId, envelopeOf } from './batch_tags.ts';
import { type Core, NO_BOUND } from './core.ts';
import type { Recovery } from './delivery.ts';
import { PlainBatch } from './plain.ts';
import type { Decision, OpenBatch, StoredBatch } from './types.ts';

/** What `core` knows of outcomes and of bodies sealed before; the least of it where there is none. */
export function recoveryBy(core: Core | undefined): Recovery {
  let open: OpenBatch | undefined;
  return {
    decide: (outcome, compressed, attempts) =>
      core?.decide(outcome, compressed, attempts) ?? decideWithoutCore(outcome.status),
    logs: (batch) => logsOf(batch, core),
    async cut(batch, events, compress) {
      const logs = await logsOf(batch, core);
      open ??= core?.another() ?? new PlainBatch();
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

// Two kinds of refusal stand in the way of all that follows; whatever else there is may pass.
function decideWithoutCore(status: number): Decision {
  if (status >= 200 && status < 300) return { action: 'ack', delay: 0 };
  if (status === 413) return { action: 'split', delay: 0 };
  if (status === 400) return { action: 'bisect', delay: 0 };
  return { action: 'retry', delay: 60_000 };
}
