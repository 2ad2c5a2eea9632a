// Every check of the project in one run; the last line sums them up.
import { build } from './build.mjs';
import { formatting, lint, types } from './checks.mjs';
import { options, script } from './command-line.mjs';
import { printFailures, tally } from './results.mjs';
import { ensure } from './setup.mjs';
import { sizes } from './size.mjs';
import { Failure, step } from './steps.mjs';
import { browserTests, cppTests, glueTests } from './suites.mjs';

/** In the order in which they run; `needs` is what must be built. */
const stages = {
  formatting: { title: 'Formatting', run: formatting },
  lint: { title: 'Lint', run: lint, needs: { native: true, tests: true } },
  types: { title: 'Types', run: types },
  cpp: { title: 'C++ tests', run: cppTests, needs: { native: true, tests: true } },
  glue: {
    title: 'Glue and collector tests',
    run: glueTests,
    needs: { native: true, wasm: true, js: true },
  },
  browser: {
    title: 'Browser tests',
    run: browserTests,
    needs: { native: true, wasm: true, js: true, site: true },
  },
  sizes: { title: 'Sizes', run: sizes, needs: { wasm: true, js: true } },
};

await script(async () => {
  const names = Object.keys(stages);
  const { only, list } = options(
    `Usage: npm test [-- --only STAGE … --list]

Sets up what is missing, builds, and runs every stage, or those named.
  --only STAGE  one of ${names.join(', ')}; repeatable
  --list        print the stages`,
    { only: { type: 'string', multiple: true, default: names }, list: { type: 'boolean' } },
  );
  for (const name of only) {
    if (!stages[name])
      throw new Failure(`There is no stage "${name}"; the stages are ${names.join(', ')}.`);
  }
  if (list) {
    process.stdout.write(names.map((name) => `${name.padEnd(12)}${stages[name].title}\n`).join(''));
    return 0;
  }

  const chosen = names.filter((name) => only.includes(name));
  await ensure('test');
  await build(Object.assign({}, ...chosen.map((name) => stages[name].needs)));
  const results = [];
  for (const name of chosen) results.push(...(await runStage(stages[name])));
  const code = printFailures(results);
  process.stdout.write(`\n${tally(results)}\n`);
  return code;
});

/** The results of a stage; that it crashes is one of them. */
function runStage({ title, run }) {
  const guarded = async () => {
    try {
      return await run();
    } catch (error) {
      return [{ name: title, state: 'failed', detail: error.stack }];
    }
  };
  return step(title, guarded, (results) => `${tally(results)}, `);
}
