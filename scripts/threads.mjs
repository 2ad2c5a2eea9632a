// Runs the C++ tests and the collector's tests with the thread sanitizer.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { options, script } from './command_line.mjs';
import { lz4Dir } from './lz4.mjs';
import { ensure } from './setup.mjs';
import { attempt, root, run, step } from './steps.mjs';

const HELP = `Usage: npm run threads

Builds the core, the collector and their tests with the thread sanitizer, and runs them: the C++ tests, and the tests
that talk to a collector over HTTP. Exits with 1 if a test fails or two threads race for the same memory.`;

const built = join(root, 'build/threads');
const reports = join(built, 'reports');

const suppressions = join(root, 'tests/collector/thread_sanitizer.supp');
/** The sanitizer writes a file for each process in which it found something. Exit codes stay those of the programs. */
const TSAN = `log_path=${reports}/race exitcode=0 second_deadlock_stack=1 suppressions=${suppressions}`;

// The sanitizer makes the collector many times slower: tests that move hundreds of megabytes would take minutes.
const SLOW = ['--testTimeout=60000', '--hookTimeout=60000'];
const LARGE = /large bodies|take no room|do not read an answer/;

const PROGRAMS = {
  'the core': 'tests/wasm/core_tests',
  'the collector': 'tests/collector/collector_tests',
};

await script(async () => {
  options(HELP);
  await ensure('test');
  await step('Building with the thread sanitizer', async () => {
    const lz4 = `-DWEBTRACK_LZ4_DIR=${lz4Dir}`;
    await run('cmake-threads', 'cmake', ['--preset', 'threads', lz4]);
    await run('build-threads', 'cmake', ['--build', '--preset', 'threads']);
  });
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const problems = [];
  const check = async (title, command, args, env) => {
    // Without -R the kernel may put the program where the sanitizer keeps its own memory.
    const { problem, log } = await step(`Tests of ${title}`, () =>
      attempt('threads', 'setarch', ['-R', command, ...args], {
        env: { TSAN_OPTIONS: TSAN, ...env },
        timeout: 900_000,
      }),
    );
    if (problem) problems.push(`${title}: ${problem}; the output is in ${log}`);
  };
  for (const [title, program] of Object.entries(PROGRAMS)) {
    await check(title, join(built, program), []);
  }
  const vitest = join(root, 'node_modules/.bin/vitest');
  await check(
    'the collector over HTTP',
    vitest,
    [
      ...'run -c tests/vitest.config.ts --maxWorkers 2 tests/collector'.split(' '),
      ...SLOW,
      `--testNamePattern=^(?!.*(?:${LARGE.source}))`,
    ],
    {
      WEBTRACK_COLLECTOR: join(built, 'demo/collector/webtrack-collector'),
    },
  );
  for (const file of readdirSync(reports)) {
    const text = readFileSync(join(reports, file), 'utf8');
    const [, summary = 'found something'] = /^SUMMARY: ThreadSanitizer: (.*)$/m.exec(text) ?? [];
    problems.push(`${summary}; the report is build/threads/reports/${file}`);
  }
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(problems.length === 0 ? 'No race found\n' : `${problems.length} problems\n`);
  return problems.length === 0 ? 0 : 1;
});
