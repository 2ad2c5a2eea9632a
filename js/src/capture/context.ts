import type { Capture } from '../types.ts';

export function context(): Capture {
  return { name: 'context', start: () => () => {} };
}
