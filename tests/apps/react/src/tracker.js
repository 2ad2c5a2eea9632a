import { createTracker } from 'webtrack-wasm';
import { autocapture, network } from 'webtrack-wasm/capture';

// In a module, outside of all components: those are mounted twice by StrictMode, and again and again later.
export const tracker = createTracker({
  host: 'https://log.example.com',
  logstore: 'web',
  capture: [...autocapture(), network()],
});
