import { createTracker } from 'webtrack-wasm';
import { autocapture } from 'webtrack-wasm/capture';

// On your own site: host: 'cn-hangzhou.log.aliyuncs.com', project: 'my-project'.
const tracker = createTracker({
  host: location.origin,
  logstore: 'web',
  capture: autocapture(),
  onNotice: console.warn,
});

document.querySelector('#buy')?.addEventListener('click', () => {
  tracker.track({ event: 'add_to_cart', product_id: 7, price_cents: 1250 });
});
