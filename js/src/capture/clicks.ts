import type { Capture } from '../types.ts';

export function clicks(): Capture {
  return { name: 'clicks', start: () => () => {} };
}
