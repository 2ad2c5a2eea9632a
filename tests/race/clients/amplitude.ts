// @amplitude/analytics-browser without autocapture and remote configuration, compressed.
import { init, track } from '@amplitude/analytics-browser';
import type { Start } from './client.ts';

export const start: Start = async ({ endpoint }) => {
  await init('race', undefined, {
    serverUrl: `${endpoint}/2/httpapi`,
    autocapture: false,
    enableRequestBodyCompression: true,
    remoteConfig: { fetchRemoteConfig: false },
    enableDiagnostics: false,
  }).promise;
  return (event) => track('step', event);
};
