import type { Capture } from '../types.ts';

export function longTasks(): Capture {
  return { name: 'long_tasks', start: () => () => {} };
}
