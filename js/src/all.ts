// The whole library in one file, for sites that can host only one. It contains the WebAssembly module, and the engine
// runs in the page. Built as dist/webtrack.all.iife.js.

import {
  autocapture,
  clicks,
  context,
  engagement,
  errors,
  forms,
  identity,
  longTasks,
  network,
  pageViews,
  reports,
  resources,
  scroll,
  visibility,
  webVitals,
} from './capture.ts';
import { createTracker } from './inline.ts';
import { URL } from './natives.ts';
import { ownTag, startFromTag } from './script_tag.ts';

// Listed by hand: `import *` used as a value makes the bundler add code.
const plugIns = {
  autocapture,
  clicks,
  context,
  engagement,
  errors,
  forms,
  identity,
  longTasks,
  network,
  pageViews,
  reports,
  resources,
  scroll,
  visibility,
  webVitals,
};

const tag = ownTag();

startFromTag(tag, plugIns, (options) => createTracker(options, new URL('core.js', tag.base)));
