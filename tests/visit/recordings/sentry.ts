// @sentry/browser with its default integrations and with tracing: without tracing it records only errors and sessions.
import { browserTracingIntegration, captureEvent, init } from '@sentry/browser';
import type { Start } from '../../race/clients/client.ts';

export const start: Start = ({ endpoint }) => {
  const { protocol, host } = new URL(endpoint);
  init({
    dsn: `${protocol}//visit@${host}/1`,
    integrations: [browserTracingIntegration()],
    tracesSampleRate: 1,
  });
  return (event) => captureEvent({ message: 'step', level: 'info', extra: event });
};
