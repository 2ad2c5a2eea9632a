import { createTracker } from 'webtrack-wasm';
import { autocapture, network } from 'webtrack-wasm/capture';

export const tracker = createTracker({
  host: 'https://log.example.com',
  logstore: 'web',
  capture: [...autocapture(), network()],
});
