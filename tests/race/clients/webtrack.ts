// This library, as it ships for a script tag.
import type { Tracker, TrackerOptions } from '../../../js/src/index.ts';
import type { Start } from './client.ts';

declare const webtrack: { createTracker(options: TrackerOptions): Tracker };

export const start: Start = ({ endpoint, options }) => {
  const tracker = webtrack.createTracker({ host: endpoint, logstore: 'web', ...options });
  return (event) => tracker.track(event);
};
