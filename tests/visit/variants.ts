// The compared pages: one without a tracker, the forms of this library, and its peers.

export interface Variant {
  name: string;
  title: string;
  /** Files of dist/ that the page loads by script tag, in this order. */
  scripts: readonly string[];
  /** Files that dist/ must have; otherwise the variant is skipped. */
  needs: readonly string[];
  /** Adapter for the page that only sends events, as a path below tests/ without `.ts`. */
  events?: string;
  /** Adapter for the three documents; undefined for a client that records nothing by itself. */
  documents?: string;
  options: Readonly<Record<string, unknown>>;
}

const ours = (
  name: string,
  title: string,
  script: string,
  settings: Partial<Variant> = {},
): Variant => ({
  name,
  title,
  scripts: [script],
  needs: [script],
  events: 'visit/recordings/webtrack_events',
  documents: 'visit/recordings/webtrack',
  options: {},
  ...settings,
});

const peer = (name: string, title: string, events?: string, documents?: string): Variant => ({
  name,
  title,
  scripts: [],
  needs: [],
  ...(events && { events: `race/clients/${events}` }),
  ...(documents && { documents: `visit/recordings/${documents}` }),
  options: {},
});

/** The page that all others are compared with. */
export const NONE = 'none';

export const variants: readonly Variant[] = [
  {
    ...peer(NONE, 'no tracker'),
    events: 'visit/recordings/none',
    documents: 'visit/recordings/none',
  },
  ours('webtrack', 'this library', 'webtrack.iife.js'),
  ours('webtrack-page', 'this library, in the page', 'webtrack.iife.js', {
    needs: ['webtrack.iife.js', 'webtrack.worker.js'],
    options: { worker: false },
  }),
  ours('webtrack-one-file', 'this library, one file', 'webtrack.all.iife.js'),
  peer('vendor', '@aliyun-sls/web-track-browser', 'web_track_browser'),
  peer('faro', '@grafana/faro-web-sdk', 'faro', 'faro'),
  peer('snowplow', '@snowplow/browser-tracker', 'snowplow', 'snowplow'),
  peer('sentry', '@sentry/browser', 'sentry', 'sentry'),
  peer('posthog', 'posthog-js', 'posthog', 'posthog'),
  peer('datadog', '@datadog/browser-logs, browser-rum', 'datadog', 'datadog'),
];
