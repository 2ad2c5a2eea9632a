import type { Capture } from '../types.ts';

export function network(): Capture {
  return { name: 'network', start: () => () => {} };
}
