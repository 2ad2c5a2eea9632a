// @snowplow/browser-tracker, the core without plugins.
import { newTracker, trackSelfDescribingEvent } from '@snowplow/browser-tracker';
import type { Start } from './client.ts';

const SCHEMA = 'iglu:com.example/step/jsonschema/1-0-0';

export const start: Start = ({ endpoint, options }) => {
  newTracker('race', endpoint, { appId: 'race', ...options });
  return (event) => trackSelfDescribingEvent({ event: { schema: SCHEMA, data: event } });
};
