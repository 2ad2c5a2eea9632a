import type { Capture } from '../types.ts';

export function errors(): Capture {
  return { name: 'errors', start: () => () => {} };
}
