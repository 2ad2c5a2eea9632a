// Runs the three test runners and reads their reports. Each returns a list with one
// {name, state: 'passed' | 'failed' | 'skipped', detail} for each test case.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { attempt, root } from './steps.mjs';

const reportOf = (name) => `${root}/build/reports/${name}`;
const local = (tool) => `${root}/node_modules/.bin/${tool}`;

/** C++ tests: GoogleTest and plain C programs, run by CTest. */
export function cppTests() {
  const report = reportOf('ctest.xml');
  const args = ['--test-dir', 'build/native', '--timeout', '120', '-j2', '--output-junit', report];
  return suite('ctest', args, { report, read: readCtest });
}

/** Tests of the glue and of the collector's HTTP interface, run by vitest. */
export function glueTests() {
  const report = reportOf('vitest.json');
  const args = ['run', '-c', 'tests/vitest.config.ts', '--reporter=json', '--outputFile', report];
  return suite(local('vitest'), args, { report, read: readVitest });
}

/** Tests in real browsers, run by Playwright. */
export function browserTests() {
  const report = reportOf('playwright.json');
  const args = ['test', '-c', 'tests/playwright.config.ts'];
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  return suite(local('playwright'), args, { report, read: readPlaywright, env });
}

/** Runs a test runner and reads its report. A crash, a missing report or an empty one counts as a failure. */
async function suite(runner, args, { report, read, env = {} }) {
  const name = runner.split('/').at(-1);
  mkdirSync(reportOf(''), { recursive: true });
  rmSync(report, { force: true });
  const { problem, text, log } = await attempt(name, runner, args, { env, timeout: 2_700_000 });
  const failed = (why) => {
    const detail = `${why}\n${stripVTControlCharacters(text).trimEnd()}\n(whole log: ${log})`;
    return { name, state: 'failed', detail };
  };
  if (!existsSync(report)) return [failed(problem || 'wrote no report')];
  const cases = read(readFileSync(report, 'utf8'));
  if (cases.length === 0) return [failed('ran no test')];
  const explained = cases.some(({ state }) => state === 'failed');
  return problem && !explained ? [...cases, failed(problem)] : cases;
}

/** Reads CTest's JUnit XML. */
function readCtest(xml) {
  const states = { run: 'passed', disabled: 'skipped', notrun: 'skipped' };
  const cases = /<testcase name="([^"]*)"[^>]*? status="(\w+)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs;
  return [...xml.matchAll(cases)].map(([, name, status, inner = '']) => ({
    name: decoded(name),
    state: states[status] ?? 'failed',
    detail: decoded(inner.match(/<system-out>(.*?)<\/system-out>/s)?.[1] ?? ''),
  }));
}

function decoded(xml) {
  const names = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return xml.replace(/&(\w+);|&#(\d+);/g, (_, name, code) =>
    name ? names[name] : String.fromCodePoint(Number(code)),
  );
}

function readVitest(json) {
  return JSON.parse(json).testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const cases = assertionResults.map((test) => ({
      name: `${file}: ${test.fullName}`,
      state: { passed: 'passed', failed: 'failed' }[test.status] ?? 'skipped',
      detail: test.failureMessages.join('\n'),
    }));
    // A file that does not load reports no test case.
    const broken = status === 'failed' && !cases.some(({ state }) => state === 'failed');
    return broken ? [...cases, { name: file, state: 'failed', detail: message }] : cases;
  });
}

function readPlaywright(json) {
  const { suites, errors } = JSON.parse(json);
  const detailOf = (list) =>
    list.map(({ message = '' }) => stripVTControlCharacters(message)).join('\n');
  const cases = [];
  const visit = ({ specs = [], suites: inner = [] }, titles) => {
    for (const { title, tests } of specs) {
      for (const { projectName, status, results } of tests) {
        cases.push({
          name: [`[${projectName}]`, ...titles, title].join(' › '),
          state: { expected: 'passed', skipped: 'skipped' }[status] ?? 'failed',
          detail: detailOf(results.flatMap((result) => result.errors)),
        });
      }
    }
    for (const child of inner) visit(child, [...titles, child.title]);
  };
  for (const file of suites) visit(file, [file.title]);
  // Errors outside any test: a file that does not load, the time limit of the whole run.
  if (errors.length > 0) {
    cases.push({ name: 'playwright', state: 'failed', detail: detailOf(errors) });
  }
  return cases;
}
