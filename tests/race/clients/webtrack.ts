// This library as it ships for a script tag.
import type { Tracker, TrackerOptions } from '../../../js/src/index.ts';
import type { Start } from './client.ts';

declare const webtrack: { createTracker(options: TrackerOptions): Tracker };

export const start: Start = async ({ endpoint, options, interval }) => {
  const tracker = webtrack.createTracker({
    host: endpoint,
    logstore: 'web',
    ...(interval && { flushInterval: interval * 1000 }),
    ...options,
  });
  // With nothing to send, `flush` resolves when the engine is ready. A page with events has it soon after it is loaded.
  await tracker.flush();
  return (event) => tracker.track(event);
};
