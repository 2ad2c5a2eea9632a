// What to do after a request: the decision, and how to cut a batch into pieces or make it plain.

import { type Promise, parse } from '../../natives.ts';
import { batchId, envelopeOf } from '../batch/batch_tags.ts';
import { type Core, NO_BOUND } from '../batch/core.ts';
import { PlainBatch } from '../batch/plain.ts';
import { slice } from '../batch/runs.ts';
import { within } from '../bounded.ts';
import type { Decision, Level, OpenBatch, Outcome, StoredBatch } from '../types.ts';

/** A shim of the browser's DecompressionStream may never end. */
const INFLATE_MS = 5_000;

/** What the core does for delivery; see webtrack_decide and webtrack_unpack in webtrack.h. */
export interface Recovery {
  decide(outcome: Outcome, compressed: boolean, failures: number): Decision;
  /** Cuts the batch into pieces of at most `events` events. Rejects if its body is damaged. */
  cut(batch: StoredBatch, events: number, level: Level): Promise<StoredBatch[]>;
}

/** Makes a `Recovery` that uses the core; without a core it has simpler rules and cannot decompress LZ4. */
export function recoveryBy(core: Core | undefined): Recovery {
  let open: OpenBatch | undefined;
  return {
    decide: (outcome, compressed, failures) =>
      core?.decide(outcome, compressed, failures) ?? decideWithoutCore(outcome.status, compressed),
    async cut(batch, events, level) {
      const logs = await logsOf(batch, core);
      open ??= core?.another() ?? new PlainBatch();
      const pieces: StoredBatch[] = [];
      for (let at = 0; at < logs.length; at += events) {
        const part = events < batch.events ? `${batch.part}.${pieces.length}` : batch.part;
        pieces.push(
          ...pieceOf(batch, { logs: logs.slice(at, at + events), at, part, level, open }),
        );
      }
      return pieces;
    },
  };
}

interface Piece {
  logs: readonly Record<string, string>[];
  /** Index of the piece's first event in the batch. */
  at: number;
  part: string;
  level: Level;
  open: OpenBatch;
}

function pieceOf(batch: StoredBatch, { logs, at, part, level, open }: Piece): StoredBatch[] {
  open.setEnvelope(envelopeOf(batch.envelope, batchId({ ...batch, part })));
  for (const log of logs) open.append(Object.entries(log).flat());
  const sealed = open.seal(NO_BOUND, level);
  open.discard(logs.length);
  if (!sealed) return [];
  const recorders = slice(batch.recorders ?? [], at, logs.length);
  return [{ ...batch, ...sealed, part, recorders }];
}

async function logsOf(batch: StoredBatch, core?: Core): Promise<Record<string, string>[]> {
  return parse(await bodyOf(batch, core)).__logs__;
}

async function bodyOf({ body, rawBytes, encoding }: StoredBatch, core?: Core): Promise<string> {
  if (encoding === 'lz4' && core)
    return new globalThis.TextDecoder().decode(core.unpack(body, rawBytes));
  const blob = new globalThis.Blob([body]);
  if (encoding === 'plain') return blob.text();
  const stream = blob.stream().pipeThrough(new globalThis.DecompressionStream('deflate'));
  return within(new globalThis.Response(stream).text(), INFLATE_MS);
}

// Without the core only 413 and 400 are handled, because such a batch would block all others. Other failures may pass.
function decideWithoutCore(status: number, compressed: boolean): Decision {
  if (status >= 200 && status < 300) return { action: 'ack', delay: 0 };
  // A compressed batch cannot be cut without the core. Another page may have it.
  if (compressed) return { action: 'retry', delay: 60_000 };
  if (status === 413) return { action: 'split', delay: 0 };
  if (status === 400) return { action: 'bisect', delay: 0 };
  return { action: 'retry', delay: 60_000 };
}
