// @grafana/faro-web-sdk with its default instrumentations.
import { initializeFaro } from '@grafana/faro-web-sdk';
import type { Start } from '../../race/clients/client.ts';

export const start: Start = ({ endpoint }) => {
  const faro = initializeFaro({ url: `${endpoint}/collect`, app: { name: 'visit' } });
  return (event) => faro.api.pushEvent('step', event);
};
