// posthog-js without autocapture, external scripts and rate limit; records in an automated browser, too.
import posthog from 'posthog-js';
import type { Start } from './client.ts';

export const start: Start = ({ endpoint }) => {
  posthog.init('phc_race', {
    api_host: endpoint,
    autocapture: false,
    capture_pageview: false,
    capture_pageleave: false,
    disable_session_recording: true,
    disable_surveys: true,
    disable_external_dependency_loading: true,
    advanced_disable_flags: true,
    opt_out_useragent_filter: true,
    rate_limiting: { events_per_second: 10_000, events_burst_limit: 10_000 },
  });
  return (event) => posthog.capture('step', event);
};
