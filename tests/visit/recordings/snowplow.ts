// @snowplow/browser-tracker records nothing by default: here with page views, activity, and its plug-ins for clicks and
// forms.
import {
  ButtonClickTrackingPlugin,
  enableButtonClickTracking,
} from '@snowplow/browser-plugin-button-click-tracking';
import { enableFormTracking, FormTrackingPlugin } from '@snowplow/browser-plugin-form-tracking';
import {
  enableLinkClickTracking,
  LinkClickTrackingPlugin,
} from '@snowplow/browser-plugin-link-click-tracking';
import {
  enableActivityTracking,
  newTracker,
  trackPageView,
  trackSelfDescribingEvent,
} from '@snowplow/browser-tracker';
import type { Start } from '../../race/clients/client.ts';

const SCHEMA = 'iglu:com.example/step/jsonschema/1-0-0';

export const start: Start = ({ endpoint }) => {
  newTracker('visit', endpoint, {
    appId: 'visit',
    plugins: [ButtonClickTrackingPlugin(), FormTrackingPlugin(), LinkClickTrackingPlugin()],
  });
  // The values from its manual.
  enableActivityTracking({ minimumVisitLength: 30, heartbeatDelay: 10 });
  enableButtonClickTracking();
  enableLinkClickTracking();
  trackPageView();
  // It only finds forms that exist when it is called.
  addEventListener('DOMContentLoaded', () => enableFormTracking());
  return (event) => trackSelfDescribingEvent({ event: { schema: SCHEMA, data: event } });
};
