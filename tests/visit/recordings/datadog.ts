// @datadog/browser-rum with its defaults; all sessions are sampled; session replay and its own telemetry are off.
import { datadogRum } from '@datadog/browser-rum';
import type { Start } from '../../race/clients/client.ts';

export const start: Start = ({ endpoint }) => {
  datadogRum.init({
    applicationId: 'visit',
    clientToken: 'visit',
    proxy: `${endpoint}/datadog`,
    sessionSampleRate: 100,
    sessionReplaySampleRate: 0,
    telemetrySampleRate: 0,
  });
  return (event) => datadogRum.addAction('step', event);
};
