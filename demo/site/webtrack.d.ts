// The built library at the addresses where the collector serves it; its types are those of the sources.
// TypeScript takes an address with a leading slash only as a pattern.
declare module '*/webtrack/webtrack.js' {
  export const createTracker: typeof import('../../js/src/index.ts').createTracker;
}
declare module '*/webtrack/capture.js' {
  export const autocapture: typeof import('../../js/src/capture.ts').autocapture;
}
