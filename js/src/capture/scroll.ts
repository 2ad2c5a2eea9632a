import type { Capture } from '../types.ts';

export function scroll(): Capture {
  return { name: 'scroll', start: () => () => {} };
}
