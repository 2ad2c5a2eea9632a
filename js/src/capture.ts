// The plug-ins of the library, and `autocapture()` for the usual set of them.

import { clicks } from './capture/clicks.ts';
import { context } from './capture/context.ts';
import { engagement } from './capture/engagement.ts';
import { errors } from './capture/errors.ts';
import { forms } from './capture/forms.ts';
import { identity } from './capture/identity.ts';
import { longTasks } from './capture/long_tasks.ts';
import { network } from './capture/network.ts';
import { pageViews } from './capture/page_views.ts';
import { reports } from './capture/reports.ts';
import { resources } from './capture/resources.ts';
import { scroll } from './capture/scroll.ts';
import { visibility } from './capture/visibility.ts';
import { webVitals } from './capture/web_vitals.ts';
import type { Capture } from './types.ts';

export type { ClicksOptions } from './capture/clicks.ts';
export type { EngagementOptions } from './capture/engagement.ts';
export type { ErrorsOptions } from './capture/errors.ts';
export type { IdentityOptions } from './capture/identity.ts';
export type { LongTasksOptions } from './capture/long_tasks.ts';
export type { NetworkOptions } from './capture/network.ts';
export type { PageViewsOptions } from './capture/page_views.ts';
export type { ResourcesOptions } from './capture/resources.ts';
export type { ScrollOptions } from './capture/scroll.ts';
export type { VisibilityOptions } from './capture/visibility.ts';
export type * from './events.ts';
export type { Capture, Sink, SinkEvents } from './types.ts';

export {
  clicks,
  context,
  engagement,
  errors,
  forms,
  identity,
  longTasks,
  network,
  pageViews,
  reports,
  resources,
  scroll,
  visibility,
  webVitals,
};

/**
 * The plug-ins that most pages want, with their defaults: all except `network()` and `resources()`, which can record
 * many events.
 */
export function autocapture(): Capture[] {
  return [
    context(),
    identity(),
    pageViews(),
    clicks(),
    errors(),
    // These start when the browser is idle: they miss little while a page loads, and the browser buffers the rest.
    ...[forms(), scroll(), visibility(), engagement(), webVitals(), reports(), longTasks()].map(
      inIdle,
    ),
  ];
}

function inIdle(plugIn: Capture): Capture {
  return {
    ...plugIn,
    start(sink) {
      let stop: (() => void) | undefined;
      let isStopped = false;
      const cancel = sink.whenIdle(() => {
        stop = plugIn.start(sink);
        // Its first event calls hooks of the page, which may stop the tracker.
        if (isStopped) stop();
      });
      return () => {
        isStopped = true;
        cancel();
        stop?.();
      };
    },
  };
}
