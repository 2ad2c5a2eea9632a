import type { ResourceEvent } from '../events.ts';
import { bare } from '../natives.ts';
import type { Capture, OwnSink } from '../types.ts';
import { onEntries, timeOf } from './entries.ts';
import { OWN_REQUESTS } from './own.ts';

export interface ResourcesOptions {
  /** Resources that take at least this long are recorded, in milliseconds. Default 1,000. */
  slowMs?: number;
  /** Share of all other resources to record, 0 to 1, drawn for each. Default 0. */
  sampleRate?: number;
}

/**
 * Records `resource`: resources that load slowly or get an HTTP error, and a sample of the rest. If a resource gets no
 * answer at all, `errors()` records a `resource_error`.
 */
export function resources(options: ResourcesOptions = {}): Capture {
  const { slowMs = 1_000, sampleRate = 0 } = bare(options);
  return {
    name: 'resources',
    start(sink: OwnSink) {
      return onEntries<PerformanceResourceTiming>(
        'resource',
        ({
          name,
          initiatorType,
          startTime,
          duration,
          responseStart,
          responseStatus,
          transferSize,
        }) => {
          // `data:`, `blob:` and the addresses of browser extensions use no network.
          if (OWN_REQUESTS.test(name) || !name.startsWith('http')) return;
          if (!(duration >= slowMs || responseStatus >= 400 || Math.random() < sampleRate)) return;
          sink.track(
            {
              event: 'resource',
              resource_url: name,
              initiator: initiatorType,
              duration_ms: Math.round(duration),
              ttfb_ms: responseStart ? Math.round(responseStart - startTime) : undefined,
              transfer_bytes: transferSize,
              http_status: responseStatus || undefined,
            } as ResourceEvent,
            { time: timeOf(startTime) },
          );
        },
        { buffered: !sink.isLate },
      );
    },
  };
}
