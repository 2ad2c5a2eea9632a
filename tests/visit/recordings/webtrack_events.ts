// This library without plug-ins, for the page that only sends events.
import type { Tracker, TrackerOptions } from '../../../js/src/types.ts';
import type { Start } from '../../race/clients/client.ts';

declare const webtrack: { createTracker(options: TrackerOptions): Tracker };

export const start: Start = ({ endpoint, options }) => {
  const tracker = webtrack.createTracker({ host: endpoint, logstore: 'web', ...options });
  return (event) => tracker.track(event);
};
