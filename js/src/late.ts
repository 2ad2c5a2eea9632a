// The plug-ins that a script tag loads later, because they can wait. Built as dist/webtrack.late.js.

export { clicks } from './capture/clicks.ts';
export { engagement } from './capture/engagement.ts';
export { forms } from './capture/forms.ts';
export { longTasks } from './capture/long_tasks.ts';
export { network } from './capture/network.ts';
export { reports } from './capture/reports.ts';
export { resources } from './capture/resources.ts';
export { scroll } from './capture/scroll.ts';
export { visibility } from './capture/visibility.ts';
export { webVitals } from './capture/web_vitals.ts';
