// Runs the test runners and reads their reports. Each returns a list with one
// {name, state: 'passed' | 'failed' | 'skipped', detail, group, ms} for each test case; `group` names its file.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { fuzzTargets } from './fuzz.mjs';
import { attempt, root } from './steps.mjs';

const reportOf = (name) => `${root}/build/reports/${name}`;
const local = (tool) => `${root}/node_modules/.bin/${tool}`;

const cppPrograms = {
  core: 'wasm/core_tests',
  collector: 'collector/collector_tests',
  interface: 'wasm/webtrack_abi_test',
};

/**
 * C++ tests: two programs with GoogleTest, a C program that uses the core's interface, and the fuzz targets, each with
 * its inputs.
 */
export async function cppTests() {
  const results = Object.entries(cppPrograms).map(([name, program]) => {
    const path = `${root}/build/native/tests/${program}`;
    return name === 'interface' ? plainProgram(name, path) : googleTest(name, path);
  });
  const fuzzed = fuzzTargets.map((target) => {
    const program = `${root}/build/native/tests/fuzz/fuzz_${target}`;
    return plainProgram(`fuzz ${target}`, program, [`${root}/tests/fuzz/corpus/${target}`]);
  });
  return (await Promise.all([...results, ...fuzzed])).flat();
}

function googleTest(name, program) {
  const report = reportOf(`${name}.xml`);
  const read = (xml) => readGoogleTest(xml, name);
  return suite(program, [`--gtest_output=xml:${report}`], { report, read });
}

async function plainProgram(name, program, args = []) {
  const { problem, text } = await attempt(name, program, args, { timeout: 120_000 });
  return [{ name, state: problem ? 'failed' : 'passed', detail: `${problem}\n${text}` }];
}

/** Tests of the glue and of the collector's HTTP interface, run by vitest. */
export function glueTests() {
  const report = reportOf('vitest.json');
  const args = ['run', '-c', 'tests/vitest.config.ts', '--reporter=json', '--outputFile', report];
  return suite(local('vitest'), args, { report, read: readVitest });
}

/** Tests in real browsers, run by Playwright: without `allBrowsers`, in Firefox only those that depend on it. */
export function browserTests({ allBrowsers = false } = {}) {
  const report = reportOf('playwright.json');
  const projects = ['chaos', 'chromium', 'chromium without workers', 'whole chromium', 'firefox'];
  const chosen = allBrowsers ? [] : projects.map((name) => `--project=${name}`);
  const args = ['test', '-c', 'tests/playwright.config.ts', ...chosen];
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  return suite(local('playwright'), args, { report, read: readPlaywright, env });
}

/** The browser tests in WebKitGTK. For a skipped test, `detail` says why. */
export function webkitTests() {
  const report = reportOf('webkit.json');
  const env = { PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const args = ['test', '-c', 'tests/webkit.config.ts'];
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

/** Reads the XML of GoogleTest. */
function readGoogleTest(xml, group) {
  const cases = /<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs;
  return [...xml.matchAll(cases)].map(([, attributes, inner = '']) => {
    const of = (name) => decoded(attributes.match(`\\b${name}="([^"]*)"`)?.[1] ?? '');
    const failures = [...inner.matchAll(/<failure message="([^"]*)"/g)].map(([, text]) =>
      decoded(text),
    );
    const done = of('status') === 'run' && of('result') === 'completed' ? 'passed' : 'skipped';
    return {
      name: `${group}: ${of('classname')}.${of('name')}`,
      state: failures.length > 0 ? 'failed' : done,
      detail: failures.join('\n'),
      group: `C++ ${group}`,
      ms: Number(of('time')) * 1000,
    };
  });
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
      group: file,
      ms: test.duration ?? 0,
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
      for (const { projectName, status, results, annotations } of tests) {
        const why = annotations.map(({ description = '' }) => description).join('\n');
        cases.push({
          name: [`[${projectName}]`, ...titles, title].join(' › '),
          state: { expected: 'passed', skipped: 'skipped' }[status] ?? 'failed',
          detail: status === 'skipped' ? why : detailOf(results.flatMap((result) => result.errors)),
          group: `[${projectName}] ${titles[0]}`,
          ms: results.reduce((sum, { duration }) => sum + duration, 0),
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
