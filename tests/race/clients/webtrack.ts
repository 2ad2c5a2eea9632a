// This library, as it ships for a script tag.
import type { Tracker, TrackerOptions } from '../../../js/src/index.ts';
import type { Start } from './client.ts';

declare const webtrack: { createTracker(options: TrackerOptions): Tracker };

export const start: Start = async ({ endpoint, options }) => {
  const tracker = webtrack.createTracker({ host: endpoint, logstore: 'web', ...options });
  // Nothing is there to be sent: it resolves when the engine is there, which a page has soon after it is loaded.
  await tracker.flush();
  return (event) => tracker.track(event);
};
