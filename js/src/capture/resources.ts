import type { ResourceEvent } from '../events.ts';
import type { Capture } from '../types.ts';
import { onEntries } from './entries.ts';

export interface ResourcesOptions {
  /** What took at least so long is recorded, milliseconds. Default 1,000. */
  slowMs?: number;
  /** Share of the others that is recorded as well, 0 to 1, drawn for each. Default 0. */
  sampleShare?: number;
}

/**
 * Records `resource`: what the page loads, when it is slow or answered with an HTTP error, and a sample of the rest. What
 * got no answer at all is a `resource_error` of `errors()`.
 */
export function resources({ slowMs = 1_000, sampleShare = 0 }: ResourcesOptions = {}): Capture {
  let buffered = true;
  return {
    name: 'resources',
    start(sink) {
      // As the browser writes it.
      const { href: endpoint } = new URL(sink.url);
      const stop = onEntries<PerformanceResourceTiming>(
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
          if (name.startsWith(endpoint) || !name.startsWith('http')) return;
          if (!(duration >= slowMs || responseStatus >= 400 || Math.random() < sampleShare)) return;
          sink.track({
            event: 'resource',
            resource_url: name,
            initiator: initiatorType,
            duration_ms: Math.round(duration),
            ttfb_ms: responseStart ? Math.round(responseStart - startTime) : undefined,
            transfer_bytes: transferSize,
            http_status: responseStatus || undefined,
          } as ResourceEvent);
        },
        { buffered },
      );
      // A visitor who agrees again has not agreed to what was in between.
      buffered = false;
      return stop;
    },
  };
}
