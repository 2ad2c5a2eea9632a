import type { Capture } from '../types.ts';

export function webVitals(): Capture {
  return { name: 'web_vitals', start: () => () => {} };
}
