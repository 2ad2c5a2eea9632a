// Runs a program in place of this script: passes signals on to it and takes over its exit code.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Starts `program` and passes the child to `started`. Resolves to the exit code that a shell would report. The program
 * aborts at a second signal, so each Ctrl-C must reach it once. The terminal cannot signal it directly, because it has
 * its own process group. npm repeats the terminal's signal to this script, so a signal within 300 ms of one that was
 * passed on is ignored.
 * @param {(child: import('node:child_process').ChildProcess) => void} [started]
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
