import type { Capture } from '../types.ts';

export function visibility(): Capture {
  return { name: 'visibility', start: () => () => {} };
}
