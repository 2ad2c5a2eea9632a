// @datadog/browser-rum as it is by default: all sessions sampled, no recording of the screen, no telemetry of its own.
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
