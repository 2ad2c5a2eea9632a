import { createTracker } from 'webtrack-wasm';
import { autocapture } from 'webtrack-wasm/capture';

// In a module, which runs once: a component may be mounted again.
// On your own site: host: 'cn-hangzhou.log.aliyuncs.com', project: 'my-project'.
export const tracker = createTracker({
  host: location.origin,
  logstore: 'web',
  capture: autocapture(),
  onNotice: console.warn,
});
