import type { Capture } from '../types.ts';

export function engagement(): Capture {
  return { name: 'engagement', start: () => () => {} };
}
