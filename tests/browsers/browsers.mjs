// Runs the same checks in Chromium, Firefox and WebKitGTK, and writes which of them each passes.
import { build } from '../../scripts/build.mjs';
import { importTests } from '../../scripts/bundles.mjs';
import { options, script } from '../../scripts/command_line.mjs';
import { writeFigures } from '../../scripts/figures.mjs';
import { printFailures, tally } from '../../scripts/results.mjs';
import { ensure } from '../../scripts/setup.mjs';
import { Failure, step } from '../../scripts/steps.mjs';
import { webkitTests } from '../../scripts/suites.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';

const ENGINES = ['chromium', 'firefox', 'webkit'];

const help = `Usage: npm run browsers [-- --only NAME … --tests --write]

Runs the same checks with real input in Chromium, Firefox and WebKitGTK (its MiniBrowser, by WebDriver), in about five
minutes, and prints what each browser offers and which checks it passes. Exits with 1 if one fails.
  --only NAME  ${ENGINES.join(', ')}; repeatable (default: all)
  --tests      run the tests of tests/e2e in WebKitGTK instead, in about 15 minutes; those that need something of
               Playwright that WebDriver lacks, such as its clock, are skipped
  --write      write the table into docs/browsers.md; needs all browsers`;

await script(async () => {
  const { only, tests, write } = options(help, {
    only: { type: 'string', multiple: true, default: ENGINES },
    tests: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  });
  const unknown = only.find((name) => !ENGINES.includes(name));
  if (unknown) {
    throw new Failure(`There is no browser "${unknown}"; there are ${ENGINES.join(', ')}.`);
  }
  if (tests && only.length < ENGINES.length) {
    throw new Failure('--tests runs in WebKitGTK only: leave out --only.');
  }
  if (write && only.length < ENGINES.length) throw new Failure('--write needs all browsers.');
  await ensure('browsers');
  await build({ native: true, js: true });
  return tests ? runTests(write) : runChecks(only, write);
});

async function runChecks(only, write) {
  const tests = await importTests('browsers');
  const rows = [];
  for (const name of ENGINES.filter((engine) => only.includes(engine))) {
    const done = (title) => process.stderr.write(`  ${name}: ${title}\n`);
    rows.push(await tests.runChecks(tests.engines[name], done));
  }
  const heads = ['', ...rows.map(({ name }) => name)];
  const mark = (isThere) => (isThere ? 'yes' : 'no');
  const offered = tests.features.map((title, at) => [
    title,
    ...rows.map(({ features }) => mark(features[at])),
  ]);
  const passed = tests.checks.map((title, at) => [
    title,
    ...rows.map(({ problems }) => mark(problems[at] === undefined)),
  ]);
  process.stdout.write(`\n${textTable(heads, [...passed, ...offered])}\n`);
  const problems = rows.flatMap((row) =>
    row.problems.flatMap((problem, at) =>
      problem === undefined ? [] : [`${row.name}: ${tests.checks[at]}: ${problem}`],
    ),
  );
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  if (write) {
    const [, ...names] = heads;
    const table = (title, cells) => markdownTable([title, ...names], cells);
    writeFigures('browsers', `${table('works', passed)}\n${table('the browser has', offered)}`);
  }
  return problems.length === 0 ? 0 : 1;
}

async function runTests(write) {
  const results = await step(
    'Running the browser tests in WebKitGTK',
    webkitTests,
    (all) => `${tally(all)}, `,
  );
  const count = (isMeant) => String(results.filter(isMeant).length);
  const skippedFor = (reason) =>
    count(({ state, detail }) => state === 'skipped' && reason.test(detail));
  const rows = [
    ['passed', count(({ state }) => state === 'passed')],
    ['failed', count(({ state }) => state === 'failed')],
    ["not run, as WebDriver lacks Playwright's clock", skippedFor(/\.clock,/)],
    ['not run, as WebDriver lacks something else of Playwright', skippedFor(/(?<!\.clock), which/)],
  ];
  const heads = ['tests of `tests/e2e` in WebKitGTK', 'number'];
  process.stdout.write(`\n${textTable(heads, rows)}\n`);
  if (write) writeFigures('browser-tests', markdownTable(heads, rows));
  return printFailures(results);
}
