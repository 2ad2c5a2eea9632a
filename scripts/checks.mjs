// The checks that read the sources: formatting, lint, types. Each returns its results as a list of
// {name, state: 'passed' | 'failed', detail}.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { attempt, root } from './steps.mjs';

const local = (tool) => `${root}/node_modules/.bin/${tool}`;

/** Formatting of C, C++, TypeScript, JavaScript, JSON and CSS; `write` repairs it. */
export async function formatting({ write = false } = {}) {
  const sources = files('*.c', '*.cc', '*.h');
  const clang = write ? ['-i'] : ['--dry-run', '-Werror'];
  const biome = write ? ['format', '--write'] : ['format'];
  return [
    ...(sources.length > 0
      ? [await check('clang-format', 'clang-format', [...clang, ...sources])]
      : []),
    await check('biome format', local('biome'), biome),
  ];
}

/** Biome over all that is no C++ (import order of layers and cycles included), clang-tidy over the rest. */
export async function lint() {
  const tidy = files('wasm/src/*.cc', 'demo/collector/*.cc').map(
    (source) => () =>
      check(`clang-tidy ${source}`, 'clang-tidy', ['-p', 'build/native', '--quiet', source]),
  );
  return [
    await check('biome lint', local('biome'), [
      'lint',
      '--error-on-warnings',
      '--max-diagnostics=none',
    ]),
    ...(await atATime(availableParallelism(), tidy)),
  ];
}

/** Types of library, demo site and tests; and of the engine as a worker has it, without document and window. */
export async function types() {
  const tsc = (name, ...args) =>
    check(name, local('tsc'), ['--noEmit', '--pretty', 'false', ...args]);
  return [await tsc('tsc'), await tsc('tsc of the worker', '-p', 'js/tsconfig.worker.json')];
}

async function check(name, command, args) {
  const { problem, text } = await attempt(name.replace(/\W+/g, '-'), command, args);
  return { name, state: problem ? 'failed' : 'passed', detail: text || problem };
}

/** Tracked files, and new ones that are not ignored, that match. */
function files(...patterns) {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const paths = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\n');
  return paths.filter((path) => path && existsSync(`${root}/${path}`));
}

/** The results of `tasks` in their order, `count` under way at a time. */
async function atATime(count, tasks) {
  const results = [];
  const waiting = tasks.entries();
  const worker = async () => {
    for (const [index, task] of waiting) results[index] = await task();
  };
  await Promise.all(Array.from({ length: count }, worker));
  return results;
}
