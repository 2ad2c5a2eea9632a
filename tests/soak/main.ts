// The exports that soak.mjs uses after bundling.
export { growthOf } from './growth.ts';
export { plotOf } from './plot.ts';
export { soakEvents, soakTrackers } from './soak.ts';
