import type { Capture } from '../types.ts';

export function identity(): Capture {
  return { name: 'identity', start: () => () => {} };
}
