// Runs every check of the project; the last line is the total.
import { build } from './build.mjs';
import { formatting, lint, types } from './checks.mjs';
import { options, script } from './command_line.mjs';
import { examples } from './examples.mjs';
import { printFailures, slowest, tally } from './results.mjs';
import { ensure } from './setup.mjs';
import { sizes } from './size.mjs';
import { Failure, step } from './steps.mjs';
import { browserTests, cppTests, glueTests } from './suites.mjs';

/** In the order in which they run; `needs`: what must be built before. */
const stages = {
  formatting: { title: 'Formatting', run: formatting },
  lint: { title: 'Lint', run: lint, needs: { native: true, tests: true } },
  types: { title: 'Types', run: types },
  cpp: { title: 'C++ tests', run: cppTests, needs: { native: true, tests: true } },
  glue: {
    title: 'Glue and collector tests',
    run: glueTests,
    needs: { native: true, js: true },
  },
  browser: {
    title: 'Browser tests',
    run: browserTests,
    needs: { native: true, examples, apps: true },
  },
  sizes: { title: 'Sizes', run: sizes, needs: { js: true } },
};

await script(async () => {
  const names = Object.keys(stages);
  const {
    only,
    list,
    'all-browsers': allBrowsers,
  } = options(
    `Usage: npm test [-- --only STAGE … --all-browsers --list]

Installs what is missing, builds, and runs all stages, or only the named ones.
  --only STAGE    one of ${names.join(', ')}; repeatable
  --all-browsers  run every browser test in Firefox too, not only those that depend on the browser
  --list          print the stages`,
    {
      only: { type: 'string', multiple: true, default: names },
      list: { type: 'boolean' },
      'all-browsers': { type: 'boolean' },
    },
  );
  for (const name of only) {
    if (!stages[name])
      throw new Failure(`There is no stage "${name}"; the stages are ${names.join(', ')}.`);
  }
  if (list) {
    process.stdout.write(names.map((name) => `${name.padEnd(12)}${stages[name].title}\n`).join(''));
    return 0;
  }

  const chosen = names.filter((name) => only.includes(name)).map((name) => stages[name]);
  await ensure('test');
  const needs = Object.assign({}, ...chosen.map((stage) => stage.needs));
  const results = await caught('build', async () => {
    await build(needs);
    return [];
  });
  if (results.length === 0) {
    for (const { title, run } of chosen) {
      const outcome = (done) => `${tally(done)}, `;
      results.push(
        ...(await step(title, () => caught(title, () => run({ allBrowsers })), outcome)),
      );
    }
  }
  const slow = slowest(results);
  if (slow) process.stderr.write(`\n  What took the longest:\n${slow}`);
  const code = printFailures(results);
  process.stdout.write(`\n${tally(results)}\n`);
  return code;
});

/** The results of `work`; an error becomes a failed result. */
async function caught(name, work) {
  try {
    return await work();
  } catch (error) {
    const detail = error instanceof Failure ? error.message : error.stack;
    return [{ name, state: 'failed', detail }];
  }
}
