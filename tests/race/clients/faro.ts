// @grafana/faro-web-sdk without its instrumentations.
import { initializeFaro } from '@grafana/faro-web-sdk';
import type { Start } from './client.ts';

export const start: Start = ({ endpoint }) => {
  const faro = initializeFaro({
    url: `${endpoint}/collect`,
    app: { name: 'race' },
    instrumentations: [],
  });
  return (event) => faro.api.pushEvent('step', event);
};
