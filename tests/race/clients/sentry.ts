// @sentry/browser without its integrations.
import { captureEvent, init } from '@sentry/browser';
import type { Start } from './client.ts';

export const start: Start = ({ endpoint }) => {
  const { protocol, host } = new URL(endpoint);
  init({ dsn: `${protocol}//race@${host}/1`, defaultIntegrations: false });
  return (event) => captureEvent({ message: 'step', level: 'info', extra: event });
};
