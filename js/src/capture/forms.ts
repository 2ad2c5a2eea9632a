import type { Capture } from '../types.ts';

export function forms(): Capture {
  return { name: 'forms', start: () => () => {} };
}
