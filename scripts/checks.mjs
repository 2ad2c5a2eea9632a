// Static checks of the sources: formatting, lint, types. Each returns a list of
// {name, state: 'passed' | 'failed', detail}.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { hashContainers, longFiles, longFunctions, wideLines } from './limits.mjs';
import { atATime, attempt, root } from './steps.mjs';

const local = (tool) => `${root}/node_modules/.bin/${tool}`;

/** Formatting of C, C++, TypeScript, JavaScript, JSON and CSS; `write` fixes it. */
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

/** Runs clang-tidy over C++, and Biome over the rest, including the rules on imports between folders. */
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
    limits(),
    found(
      'no hash containers in the collector',
      hashContainers(files('demo/collector/*.cc', 'demo/collector/*.h')),
    ),
    ...(await atATime(availableParallelism(), tidy)),
  ];
}

/**
 * Checks the types of library, demo site and tests; of the engine with a worker's globals: no document, no window; and
 * of the examples.
 */
export async function types() {
  const tsc = (name, ...args) =>
    check(name, local('tsc'), ['--noEmit', '--pretty', 'false', ...args]);
  return [
    await tsc('tsc'),
    await tsc('tsc of the worker', '-p', 'js/tsconfig.worker.json'),
    await tsc('tsc of the scripts', '-p', 'scripts/tsconfig.json'),
    await tsc('tsc of the examples', '-p', examplesConfig()),
  ];
}

/**
 * Writes a configuration that leads the examples to the sources of the library. In tsconfig.json the bundlers of the
 * examples would find it, and take the sources in place of the package.
 */
function examplesConfig() {
  const file = join(root, 'build/tsconfig.examples.json');
  const paths = {
    'webtrack-wasm': ['../js/src/index.ts'],
    'webtrack-wasm/capture': ['../js/src/capture.ts'],
  };
  const config = {
    compilerOptions: { paths },
    include: ['../js/src/**/*.d.ts', '../examples/*/*.ts'],
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ extends: '../tsconfig.json', ...config }));
  return file;
}

function limits() {
  const sources = files('*.ts', '*.mjs', '*.c', '*.cc', '*.h');
  const beyond = [
    ...longFiles(sources),
    ...longFunctions(sources),
    ...wideLines([...sources, ...files('*.md')]),
  ];
  return found('length of files and functions, width of comments', beyond);
}

/** Fails if anything was found. */
function found(name, places) {
  return { name, state: places.length > 0 ? 'failed' : 'passed', detail: places.join('\n') };
}

async function check(name, command, args) {
  const { problem, text } = await attempt(name.replace(/\W+/g, '-'), command, args);
  return { name, state: problem ? 'failed' : 'passed', detail: text || problem };
}

/** Matching files that git tracks, or that are new and not ignored. */
function files(...patterns) {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const paths = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\n');
  return paths.filter((path) => path && existsSync(`${root}/${path}`));
}
