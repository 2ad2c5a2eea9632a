// Runs a program in the place of this script: it gets our signals, we end as it ends.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Starts `program`; `started` is given the child, the promise is its exit code as a shell sees it.
 * The program takes a second signal as the order to drop everything, so that each Ctrl-C must reach
 * it once: it has a process group of its own, out of the terminal's reach, and of two signals in the
 * same breath (the terminal's, and npm's copy of it) one is passed on.
 */
export function supervise(program, args, stdio, started = () => {}) {
  const child = spawn(program, args, { stdio, detached: true });
  let passedOn = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (performance.now() - passedOn < 300) return;
      passedOn = performance.now();
      child.kill('SIGTERM');
    });
  }
  started(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
