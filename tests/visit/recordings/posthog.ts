// posthog-js with its defaults, but without external scripts, and without feature flags and remote configuration, which
// would be two more requests a document. It records in an automated browser, too.
import posthog from 'posthog-js';
import type { Start } from '../../race/clients/client.ts';

export const start: Start = ({ endpoint }) => {
  posthog.init('phc_visit', {
    api_host: endpoint,
    disable_external_dependency_loading: true,
    advanced_disable_flags: true,
    opt_out_useragent_filter: true,
  });
  return (event) => posthog.capture('step', event);
};
