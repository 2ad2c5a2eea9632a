// Types of the built library for the addresses under which the collector serves it. The names start with `*` because
// TypeScript accepts an address with a leading slash only as a pattern.
declare module '*/webtrack/webtrack.js' {
  export const createTracker: typeof import('../../js/src/index.ts').createTracker;
}
declare module '*/webtrack/capture.js' {
  export const autocapture: typeof import('../../js/src/capture.ts').autocapture;
}
