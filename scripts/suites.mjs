// Runs the three test runners and reads their reports: a list of
// {name, state: 'passed' | 'failed' | 'skipped', detail}, one for each test case.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { attempt, root } from './steps.mjs';

const reports = `${root}/build/reports`;

/** C++ tests: GoogleTest and plain C programs, through CTest. */
export function cppTests() {
  const report = `${reports}/ctest.xml`;
  const command = ['--test-dir', 'build/native', '--output-on-failure', '--no-tests=error'];
  return suite(
    'ctest',
    ['ctest', ...command, '--timeout', '120', '-j2', '--output-junit', report],
    report,
    (xml) =>
      [
        ...xml.matchAll(
          /<testcase name="([^"]*)"[^>]*?status="(\w+)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs,
        ),
      ].map(([, name, status, inner = '']) => ({
        name: decode(name),
        state: { run: 'passed', disabled: 'skipped', notrun: 'skipped' }[status] ?? 'failed',
        detail: decode(inner.match(/<system-out>(.*?)<\/system-out>/s)?.[1] ?? ''),
      })),
  );
}

/** Tests of the glue and of the collector's HTTP face, through vitest. */
export function glueTests() {
  const report = `${reports}/vitest.json`;
  const command = [`${root}/node_modules/.bin/vitest`, 'run', '--config', 'tests/vitest.config.ts'];
  return suite(
    'vitest',
    [...command, '--reporter=json', `--outputFile=${report}`],
    report,
    (json) =>
      JSON.parse(json).testResults.flatMap(({ name, status, message, assertionResults }) => {
        const file = relative(root, name);
        const cases = assertionResults.map((test) => ({
          name: `${file}: ${test.fullName}`,
          state: { passed: 'passed', failed: 'failed' }[test.status] ?? 'skipped',
          detail: test.failureMessages?.join('\n') ?? '',
        }));
        // A file that does not load reports no case.
        const broken = status === 'failed' && !cases.some(({ state }) => state === 'failed');
        return broken ? [...cases, { name: file, state: 'failed', detail: message }] : cases;
      }),
  );
}

/** Tests in real browsers, through Playwright. */
export function browserTests() {
  const report = `${reports}/playwright.json`;
  const command = [
    `${root}/node_modules/.bin/playwright`,
    'test',
    '--config',
    'tests/playwright.config.ts',
  ];
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  return suite('playwright', command, report, readPlaywright, env);
}

function readPlaywright(json) {
  const { suites, errors } = JSON.parse(json);
  const cases = [];
  const visit = (node, titles) => {
    for (const { title, tests } of node.specs ?? []) {
      for (const { projectName, status, results } of tests) {
        cases.push({
          name: [`[${projectName}]`, ...titles, title].join(' › '),
          state: { expected: 'passed', skipped: 'skipped' }[status] ?? 'failed',
          detail: results
            .flatMap(({ errors }) => errors.map(({ message }) => stripVTControlCharacters(message)))
            .join('\n'),
        });
      }
    }
    for (const child of node.suites ?? []) visit(child, [...titles, child.title]);
  };
  for (const file of suites) visit(file, [file.title]);
  return [
    ...cases,
    ...errors.map(({ message }) => ({
      name: 'playwright',
      state: 'failed',
      detail: stripVTControlCharacters(message),
    })),
  ];
}

/** Runs a test runner and reads its report; a crash, a missing report or no test at all is a failure. */
async function suite(name, [program, ...args], report, read, env) {
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  const { problem, text, log } = await attempt(name, program, args, { env, timeout: 900_000 });
  const failed = (why) => ({
    name,
    state: 'failed',
    detail: `${why}\n${text.trimEnd()}\n(whole log: ${log})`,
  });
  if (!existsSync(report)) return [failed(problem || 'wrote no report')];
  const cases = read(readFileSync(report, 'utf8'));
  if (cases.length === 0) return [failed('ran no test')];
  const explained = cases.some(({ state }) => state === 'failed');
  return problem && !explained ? [...cases, failed(problem)] : cases;
}

const decode = (xml) =>
  xml.replace(/&(lt|gt|quot|apos|amp);|&#(\d+);/g, (_, name, code) =>
    name
      ? { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }[name]
      : String.fromCodePoint(Number(code)),
  );
