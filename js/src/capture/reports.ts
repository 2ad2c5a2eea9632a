import type { Capture } from '../types.ts';

export function reports(): Capture {
  return { name: 'reports', start: () => () => {} };
}
