// @plausible-analytics/tracker; `__plausible` makes it record in an automated browser, too.
import { init, track } from '@plausible-analytics/tracker';
import type { Start } from './client.ts';

export const start: Start = ({ endpoint }) => {
  Object.assign(globalThis, { __plausible: true });
  init({
    domain: 'race.example',
    endpoint: `${endpoint}/api/event`,
    autoCapturePageviews: false,
    captureOnLocalhost: true,
  });
  return (event) => track('step', { props: event });
};
