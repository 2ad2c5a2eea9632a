// This library with autocapture().
import type { Capture, Tracker, TrackerOptions } from '../../../js/src/types.ts';
import type { Start } from '../../race/clients/client.ts';

declare const webtrack: {
  createTracker(options: TrackerOptions): Tracker;
  autocapture(): Capture[];
};

export const start: Start = ({ endpoint, options }) => {
  const tracker = webtrack.createTracker({
    host: endpoint,
    logstore: 'web',
    capture: webtrack.autocapture(),
    ...options,
  });
  return (event) => tracker.track(event);
};
