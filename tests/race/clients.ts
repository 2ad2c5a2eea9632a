// The clients: this library first, then its peers. Each has an adapter in clients/.

/** Where this library's engine runs. */
export type Host = 'worker' | 'page';

export interface Client {
  name: string;
  title: string;
  /** Name of its file in clients/, without `.ts`. */
  adapter: string;
  options: Readonly<Record<string, unknown>>;
  /** Only for this library: where its engine runs. Its events go to the real collector, and it has targets. */
  ours?: Host;
  /** It only sends by https. */
  https: boolean;
}

const own = (name: string, title: string, ours: Host, options: Client['options'] = {}): Client => ({
  name,
  title,
  adapter: 'webtrack',
  options,
  ours,
  https: false,
});

const peer = (
  name: string,
  title: string,
  adapter: string,
  options: Client['options'] = {},
): Client => ({ name, title, adapter, options, https: false });

export const clients: readonly Client[] = [
  own('webtrack', 'this library', 'worker'),
  own('webtrack-page', 'this library, `worker: false`', 'page', { worker: false }),
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
