import { createTracker } from 'webtrack-wasm';
import { autocapture, network } from 'webtrack-wasm/capture';

// In a module, outside of all components, because StrictMode mounts components twice and React may mount them again.
export const tracker = createTracker({
  host: 'https://log.example.com',
  logstore: 'web',
  // The tests wait for the events of each step.
  flushInterval: 500,
  capture: [...autocapture(), network()],
});
