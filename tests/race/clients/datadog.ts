// @datadog/browser-logs: each event is a log; all sessions are sampled; its own telemetry is off.
import { datadogLogs } from '@datadog/browser-logs';
import type { Start } from './client.ts';

export const start: Start = ({ endpoint, options }) => {
  datadogLogs.init({
    clientToken: 'race',
    proxy: `${endpoint}/datadog`,
    sessionSampleRate: 100,
    telemetrySampleRate: 0,
    forwardErrorsToLogs: false,
    ...options,
  });
  return (event) => datadogLogs.logger.info('step', event);
};
