import type { Capture } from '../types.ts';
import { quietly } from './quietly.ts';

/** It begins at the latest after so many milliseconds. */
const TIMEOUT_MS = 2_000;

/** The plug-in, begun when the browser has nothing else to do: for those that a page which is loading can do without. */
export function inIdle(capture: Capture): Capture {
  return {
    ...capture,
    start(sink) {
      let stop: (() => void) | undefined;
      const begin = () => {
        stop = quietly(() => capture.start(sink));
      };
      const end = whenIdle(begin);
      return () => {
        end();
        stop?.();
      };
    },
  };
}

function whenIdle(work: () => void): () => void {
  // Typed as always there; Safari lacks it.
  if (globalThis.requestIdleCallback as unknown) {
    const handle = requestIdleCallback(work, { timeout: TIMEOUT_MS });
    return () => cancelIdleCallback(handle);
  }
  const timer = setTimeout(work, 100);
  return () => clearTimeout(timer);
}
