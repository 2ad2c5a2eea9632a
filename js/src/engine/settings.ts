// A recorder's settings for its engine. Every value can be posted to a worker.

import { stringify } from '../natives.ts';
import type { Compression, ExitPolicy } from '../types.ts';

export interface EngineSettings {
  /** Address of the logstore's track call. */
  url: string;
  source: string;
  topic: string;
  /** Tags of the page and its plug-ins. */
  tags: Readonly<Record<string, string>>;
  flushCount: number;
  flushBytes: number;
  /** Milliseconds that an event may wait in the engine before its batch is sealed; undefined: the host's default. */
  flushInterval: number | undefined;
  compression: Compression;
  compressAbove: number;
  storage: boolean;
  outboxBytes: number;
  outboxAge: number;
  exit: ExitPolicy;
  /** Absolute address of core.wasm; undefined: the engine's default. */
  coreUrl: string | undefined;
}

/** Recorders with the same key share batches. */
export function batchKeyOf(settings: EngineSettings): string {
  const { url, source, topic, tags, compression, compressAbove, storage } = settings;
  return stringify([
    url,
    source,
    topic,
    Object.entries(tags).sort(),
    compression,
    compressAbove,
    storage,
  ]);
}
