// The peers are untyped here: they are installed only for a run of the race, not for the type check.
declare module '@amplitude/analytics-browser';
declare module '@datadog/browser-logs';
declare module '@datadog/browser-rum';
declare module '@elastic/apm-rum';
declare module '@grafana/faro-web-sdk';
declare module '@plausible-analytics/tracker';
declare module '@sentry/browser';
declare module '@snowplow/browser-plugin-button-click-tracking';
declare module '@snowplow/browser-plugin-form-tracking';
declare module '@snowplow/browser-plugin-link-click-tracking';
declare module '@snowplow/browser-tracker';
declare module 'posthog-js';
