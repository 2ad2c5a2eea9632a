import type { Capture } from '../types.ts';

export function resources(): Capture {
  return { name: 'resources', start: () => () => {} };
}
