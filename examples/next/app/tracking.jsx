'use client';

import { createTracker } from 'webtrack-wasm';
import { autocapture } from 'webtrack-wasm/capture';

// In a module, which runs once: a component may be mounted again. Next also runs it where it renders the pages; there
// the tracker does nothing, and there is no `location`.
// On your own site: host: 'cn-hangzhou.log.aliyuncs.com', project: 'my-project'.
const tracker = createTracker({
  host: globalThis.location?.origin ?? 'http://localhost',
  logstore: 'web',
  capture: autocapture(),
  onNotice: console.warn,
});

/** Shows nothing. In the layout it makes every page load this module. */
export function Tracking() {
  return null;
}

export function AddToCart({ product }) {
  return (
    <button
      type="button"
      onClick={() => tracker.track({ event: 'add_to_cart', product_id: product })}
    >
      Add to cart
    </button>
  );
}
