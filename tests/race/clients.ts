// Who runs: this library first, then its peers. Each has its adapter in clients/.

export interface Client {
  name: string;
  title: string;
  /** In clients/, without `.ts`. */
  adapter: string;
  options: Readonly<Record<string, unknown>>;
  /** This library: what it sends goes to the real collector, and it has targets. */
  ours: boolean;
  /** It speaks nothing but https. */
  https: boolean;
}

const ours = (name: string, title: string, options: Client['options'] = {}): Client => ({
  name,
  title,
  adapter: 'webtrack',
  options,
  ours: true,
  https: false,
});

const peer = (
  name: string,
  title: string,
  adapter: string,
  options: Client['options'] = {},
): Client => ({ name, title, adapter, options, ours: false, https: false });

export const clients: readonly Client[] = [
  ours('webtrack', 'this library'),
  ours('webtrack-cold', 'this library, `warmUp: false`', { warmUp: false }),
  peer('baseline', '`fetch` with `keepalive`, by hand', 'baseline'),
  peer('web-track-browser', '@aliyun-sls/web-track-browser', 'web_track_browser'),
  { ...peer('js-sls-logger', 'js-sls-logger', 'js_sls_logger'), https: true },
  peer('posthog', 'posthog-js', 'posthog'),
  peer('faro', '@grafana/faro-web-sdk', 'faro'),
  peer('datadog', '@datadog/browser-logs', 'datadog'),
  peer('datadog-zlib', '@datadog/browser-logs, compressed', 'datadog', {
    compressIntakeRequests: true,
  }),
  peer('snowplow', '@snowplow/browser-tracker', 'snowplow'),
  peer('snowplow-keepalive', '@snowplow/browser-tracker, `keepalive`', 'snowplow', {
    keepalive: true,
    bufferSize: 10,
  }),
  peer('plausible', '@plausible-analytics/tracker', 'plausible'),
  peer('sentry', '@sentry/browser', 'sentry'),
  peer('elastic', '@elastic/apm-rum', 'elastic'),
  peer('amplitude', '@amplitude/analytics-browser', 'amplitude'),
];
