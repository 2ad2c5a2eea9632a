// The tracker of the shop. It automatically records what visitors see and do. The shop adds its own events with
// `tracker.track()`. README.md lists both.

import { autocapture } from '/webtrack/capture.js';
import { createTracker } from '/webtrack/webtrack.js';

export const tracker = createTracker({
  host: location.origin,
  project: 'demo',
  logstore: 'web',
  topic: 'shop',
  source: 'demo-shop',
  tags: { site: 'leaf-and-kiln', release: '1' },
  // Keep only the parameters that identify a page. The search query `q` is removed from recorded addresses.
  urlParams: ['category', 'id'],
  capture: autocapture(),
});
