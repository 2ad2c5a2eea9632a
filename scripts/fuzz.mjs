// Runs the fuzz targets of tests/fuzz with libFuzzer, and prints what each has tried.
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isMain, options, script, wholeNumber } from './command_line.mjs';
import { lz4Dir } from './lz4.mjs';
import { ensure } from './setup.mjs';
import { atATime, attempt, Failure, root, run, step } from './steps.mjs';
import { textTable } from './table.mjs';

/** The targets: each has a source and a folder of inputs. */
export const fuzzTargets = readdirSync(join(root, 'tests/fuzz/corpus')).sort();

const HELP = `Usage: npm run fuzz -- [--seconds N] [--jobs N] [--only TARGET …] [--list]

Builds the fuzz targets with clang, libFuzzer and the sanitizers for addresses and undefined behaviour, and runs each.
New inputs are kept in build/fuzz/corpus; an input that breaks something goes to build/fuzz/found, and the exit code
is 1. Copy it to tests/fuzz/corpus, where npm test runs it.
  --seconds N    time for each target, 1 to 86400 (default 60)
  --jobs N       targets that run at the same time, 1 to 64 (default: one for each processor)
  --only TARGET  one of ${fuzzTargets.join(', ')}; repeatable
  --list         print the targets`;

/** What libFuzzer said at the end, such as `-print_final_stats` prints it. */
function figureOf(text, name) {
  const [, value = '–'] = new RegExp(`^stat::${name}:\\s+(\\d+)$`, 'm').exec(text) ?? [];
  return value;
}

async function fuzz(target, seconds) {
  const corpus = join(root, 'build/fuzz/corpus', target);
  const found = join(root, 'build/fuzz/found');
  mkdirSync(corpus, { recursive: true });
  mkdirSync(found, { recursive: true });
  cpSync(join(root, 'tests/fuzz/corpus', target), corpus, { recursive: true });
  const { problem, text, log } = await attempt(
    `fuzz-${target}`,
    join(root, 'build/fuzz/tests/fuzz', `fuzz_${target}`),
    [
      corpus,
      `-max_total_time=${seconds}`,
      `-artifact_prefix=${found}/${target}-`,
      '-print_final_stats=1',
      '-max_len=100000',
      '-timeout=10',
      '-rss_limit_mb=4096',
    ],
    { timeout: (seconds + 120) * 1000 },
  );
  const runs = figureOf(text, 'number_of_executed_units');
  return { target, problem, log, runs, inputs: readdirSync(corpus).length };
}

if (isMain(import.meta.url)) {
  await script(async () => {
    const given = options(HELP, {
      seconds: { type: 'string', default: '60' },
      jobs: { type: 'string', default: String(Math.min(64, availableParallelism())) },
      only: { type: 'string', multiple: true, default: fuzzTargets },
      list: { type: 'boolean' },
    });
    const seconds = wholeNumber('seconds', given.seconds, 1, 86_400, HELP);
    const jobs = wholeNumber('jobs', given.jobs, 1, 64, HELP);
    for (const name of given.only) {
      if (!fuzzTargets.includes(name)) {
        throw new Failure(
          `There is no target "${name}"; the targets are ${fuzzTargets.join(', ')}.`,
        );
      }
    }
    if (given.list) {
      process.stdout.write(`${fuzzTargets.join('\n')}\n`);
      return 0;
    }
    await ensure('fuzz');
    await step('Building the fuzz targets', async () => {
      await run('cmake-fuzz', 'cmake', ['--preset', 'fuzz', `-DWEBTRACK_LZ4_DIR=${lz4Dir}`]);
      await run('build-fuzz', 'cmake', ['--build', '--preset', 'fuzz']);
    });
    const work = given.only.map((target) => () => fuzz(target, seconds));
    const outcomes = await step(`Fuzzing for ${seconds} s each, ${jobs} at a time`, () =>
      atATime(jobs, work),
    );
    const rows = outcomes.map(({ target, runs, inputs }) => [target, runs, inputs]);
    process.stdout.write(`${textTable(['target', 'runs', 'inputs kept'], rows)}\n`);
    const broken = outcomes.filter(({ problem }) => problem);
    for (const { target, problem, log } of broken) {
      process.stdout.write(`${target}: ${problem}; the report is in ${log}\n`);
    }
    process.stdout.write(`${outcomes.length - broken.length} held, ${broken.length} broke\n`);
    return broken.length > 0 ? 1 : 0;
  });
}
