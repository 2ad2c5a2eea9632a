// The settings that a recorder passes on to its engine.

import { read } from '../dom.ts';
import type { EngineSettings } from '../engine/settings.ts';
import { URL } from '../natives.ts';
import type { Settings } from './options.ts';

/**
 * `captureTags`: tags of the plug-ins; those of the page replace them. `groupMs`: how long an event waits in the
 * recorder, in milliseconds, which is a part of the flush interval.
 */
export function engineSettingsOf(
  { tags, flushInterval, coreUrl, ...settings }: Settings,
  captureTags: Readonly<Record<string, string>>,
  groupMs: number,
): EngineSettings {
  return {
    url: settings.url,
    source: settings.source,
    topic: settings.topic,
    tags: { ...captureTags, ...tags },
    flushCount: settings.flushCount,
    flushBytes: settings.flushBytes,
    flushInterval: flushInterval && Math.max(0, flushInterval - groupMs),
    compression: settings.compression,
    compressAbove: settings.compressAbove,
    storage: settings.storage,
    outboxBytes: settings.outboxBytes,
    outboxAge: settings.outboxAge,
    exit: settings.exit,
    // A worker has another base address than the page.
    coreUrl: coreUrl && new URL(coreUrl, baseAddress()).href,
  };
}

// A worker has no document.
function baseAddress(): string {
  return globalThis.document ? read(document, 'baseURI') : location.href;
}
