import type { ResourceEvent } from '../events.ts';
import type { Capture, OwnSink } from '../types.ts';
import { onEntries, timeOf } from './entries.ts';
import { OWN } from './own.ts';

export interface ResourcesOptions {
  /** What took at least so long is recorded, milliseconds. Default 1,000. */
  slowMs?: number;
  /** Share of the others that is recorded as well, 0 to 1, drawn for each. Default 0. */
  sampleRate?: number;
}

/**
 * Records `resource`: what the page loads, when it is slow or answered with an HTTP error, and a sample of the rest. What
 * got no answer at all is a `resource_error` of `errors()`.
 */
export function resources({ slowMs = 1_000, sampleRate = 0 }: ResourcesOptions = {}): Capture {
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
          // What is data:, blob: or an extension's was not loaded.
          if (OWN.test(name) || !name.startsWith('http')) return;
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
