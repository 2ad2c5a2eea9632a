// The shop's tracker. What visitors see and do it records by itself; what that means to the shop is said where it
// happens, by `tracker.track()`. README.md lists both.

import { autocapture } from '/webtrack/capture.js';
import { createTracker } from '/webtrack/webtrack.js';

export const tracker = createTracker({
  host: location.origin,
  project: 'demo',
  logstore: 'web',
  topic: 'shop',
  source: 'demo-shop',
  tags: { site: 'leaf-and-kiln', release: '1' },
  // They say what a page of this shop is about. What was searched for is no part of its address.
  urlParams: ['category', 'id'],
  capture: autocapture(),
});
