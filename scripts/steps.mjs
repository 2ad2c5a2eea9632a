// Runs the long commands of set-up, build and test. Each step prints one line with its time; output goes to a log file.
// Progress goes to standard error, so that standard output stays free for results.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** A failure that the user can act on: printed as its message alone, without a stack. */
export class Failure extends Error {}

/**
 * Prints `title`, runs `work`, then prints `outcome(result)` and the time. On a terminal the time counts up meanwhile.
 */
export async function step(title, work, outcome = (_result) => '') {
  const since = performance.now();
  const elapsed = () => `${((performance.now() - since) / 1000).toFixed(1)} s`;
  const rewrite = () => process.stderr.write(`\r  ${title} … ${elapsed()} `);
  process.stderr.write(`  ${title} … `);
  const ticker = process.stderr.isTTY ? setInterval(rewrite, 500) : undefined;
  let result;
  try {
    result = await work();
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  } finally {
    clearInterval(ticker);
    if (ticker) process.stderr.write(`\r\x1b[K  ${title} … `);
  }
  process.stderr.write(`${outcome(result)}${elapsed()}\n`);
  return result;
}

/**
 * Runs a command and also writes its output to build/logs/<log>.log; never rejects. `problem` is empty if the command
 * exited with 0; `timeout` (ms) ends a command that hangs.
 * @param {{ env?: Record<string, string>, timeout?: number }} [settings]
 */
export async function attempt(log, command, args, settings = {}) {
  const { env, timeout } = settings;
  const folder = join(root, 'build/logs');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${log}.log`);
  const sink = createWriteStream(file);
  sink.write(`$ ${[command, ...args].join(' ')}\n`);
  let text = '';
  const problem = await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['inherit', 'pipe', 'pipe'],
      timeout,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        sink.write(chunk);
      });
    }
    child.on('error', (/** @type {NodeJS.ErrnoException} */ { code, message }) =>
      resolve(code === 'ENOENT' ? 'not found' : message),
    );
    child.on('close', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit code ${code}`)));
  });
  await new Promise((done) => sink.end(done));
  return { problem: problem && `${command}: ${problem}`, text, log: relative(root, file) };
}

/** Like `attempt`, but throws a Failure with the last lines of output if the command fails. */
export async function run(log, command, args, settings) {
  const { problem, text, log: file } = await attempt(log, command, args, settings);
  if (!problem) return text;
  const end = text.trimEnd().split('\n').slice(-30);
  throw new Failure(
    `${problem}\n${end.map((line) => `    ${line}\n`).join('')}  whole log: ${file}`,
  );
}

/** Runs `tasks`, `count` at a time; returns their results in order. */
export async function atATime(count, tasks) {
  const results = [];
  const waiting = tasks.entries();
  const worker = async () => {
    for (const [index, task] of waiting) results[index] = await task();
  };
  await Promise.all(Array.from({ length: count }, worker));
  return results;
}
