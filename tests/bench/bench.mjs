// Times the ways from events to a request's body in one Chromium run, and holds time and memory of
// this library against their targets.
import { join } from 'node:path';
import { build, bundle } from '../../scripts/build.mjs';
import { options, script, wholeNumber } from '../../scripts/command-line.mjs';
import { writeFigures } from '../../scripts/readme.mjs';
import { ensure } from '../../scripts/setup.mjs';
import { Failure, root, run, step } from '../../scripts/steps.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';

/** Page loads: how an engine lays out its code differs from one to the next. */
const LOADS = 5;
/** Rounds of each load before the timed ones. */
const WARM_UP = 100;

const help = `Usage: npm run bench [-- --rounds N --ascii --json --write]

Turns the same 200 page events into a body by every path, in one Chromium run and in turn, and prints the
time per event, the body's size, and whether the targets of time and memory are met; exits with 1
when one is not. Times are medians and the least; "time, ×" is the median over the rounds of a path's time
against this library's in the same round, which a busy machine disturbs least.
  --rounds N  timed rounds of all paths, shared among ${LOADS} page loads (default 400)
  --ascii     the same events without Chinese, which make the JavaScript paths slower
  --json      print the figures as JSON
  --write     put the figures into README.md`;

const heads = [
  'path',
  'µs/event',
  'least µs',
  '200 events, ms',
  'JSON, bytes',
  'sent, bytes',
  'time, ×',
];

await script(async () => {
  const chosen = options(help, {
    rounds: { type: 'string', default: '400' },
    ascii: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  });
  const rounds = wholeNumber('rounds', chosen.rounds, 1, 100_000, help);
  if (chosen.ascii && chosen.write) throw new Failure('--write is for the whole events.');
  await ensure('bench');
  await build({ js: true });
  const files = await step('Building the benchmark', buildBenchmark);
  const result = await step('Running it in Chromium', () => runPage(files, rounds, chosen.ascii));
  const targets = targetsOf(result);
  if (chosen.json) {
    process.stdout.write(`${JSON.stringify({ ...result, targets }, undefined, 2)}\n`);
  } else {
    process.stdout.write(report(result, targets));
  }
  if (chosen.write) writeFigures('bench', markdown(result));
  return targets.every(({ met }) => met) ? 0 : 1;
});

/** Builds nlohmann_body.wasm and the page's scripts; returns all files by the paths that the page asks for. */
async function buildBenchmark() {
  await run('build-bench', 'cmake', ['--build', '--preset', 'wasm', '--target', 'nlohmann_body']);
  const outdir = 'build/bench';
  await bundle({
    entryPoints: ['tests/bench/page.ts', 'tests/bench/glue.ts'],
    outdir,
    format: 'esm',
    minify: true, // as it ships
  });
  return {
    '/page.js': join(root, outdir, 'page.js'),
    '/glue.js': join(root, outdir, 'glue.js'),
    '/core.wasm': join(root, 'dist/core.wasm'),
    '/nlohmann_body.wasm': join(root, 'build/wasm/tests/bench/nlohmann_body.wasm'),
  };
}

/** Figures of all paths, the first of which is this library. */
async function runPage(files, rounds, ascii) {
  const { runInChromium } = await import('./chromium.mjs');
  const settings = { rounds: Math.ceil(rounds / LOADS), warmUp: WARM_UP, ascii };
  const { browser, results } = await runInChromium(files, LOADS, settings);
  const [{ events, paths }] = results;
  const timesOf = (index) => results.flatMap((result) => result.paths[index].times);
  const ours = timesOf(0);
  const figures = paths.map((path, index) => {
    const times = timesOf(index);
    return {
      ...path,
      times: undefined,
      usPerEvent: (median(times) * 1000) / events,
      leastUsPerEvent: (Math.min(...times) * 1000) / events,
      totalMs: median(times),
      timesThisLibrary: median(times.map((time, round) => time / ours[round])),
    };
  });
  return { browser, events, ascii, rounds: ours.length, paths: figures };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** What this library has to reach: {name, value, limit, met}. */
function targetsOf({ paths }) {
  const [ours] = paths;
  const timeAgainst = (id) => 1 / paths.find((path) => path.id === id).timesThisLibrary;
  return [
    ['time, of the official SDK’s', timeAgainst('official'), 0.5],
    ['time, of that with lz4js', timeAgainst('lz4js'), 0.45],
    ['linear memory as loaded, bytes', ours.memoryLoaded, 512 * 1024],
    ['linear memory after a batch, bytes', ours.memoryAfterBatch, 512 * 1024],
  ].map(([name, value, limit]) => ({ name, value, limit, met: value <= limit }));
}

function cells(path) {
  return [
    path.title,
    path.usPerEvent.toFixed(2),
    path.leastUsPerEvent.toFixed(2),
    path.totalMs.toFixed(2),
    path.rawBytes,
    path.sentBytes,
    path.timesThisLibrary.toFixed(2),
  ];
}

function report({ browser, events, rounds, ascii, paths }, targets) {
  const figure = (value) => (value < 1 ? value.toFixed(3) : value);
  const verdicts = targets.map(({ name, value, limit, met }) => [
    name,
    figure(value),
    figure(limit),
    met ? 'met' : 'MISSED',
  ]);
  return `
${browser}: ${events} events${ascii ? ', ASCII alone' : ''}; median of ${rounds} rounds, and the least

${textTable(heads, paths.map(cells))}
${textTable(['target', 'is', 'at most', ''], verdicts)}`;
}

function markdown({ browser, events, rounds, paths }) {
  const [ours] = paths;
  const kib = (bytes) => `${bytes / 1024} KiB`;
  return `${markdownTable(heads, paths.map(cells))}
${events} page events in ${browser}, median of ${rounds} rounds, all paths turn by turn, every body decoded
and compared: \`npm run bench\`. Linear memory of the core: ${kib(ours.memoryLoaded)} as loaded,
${kib(ours.memoryAfterBatch)} after such a batch. A fifth of the events hold Chinese, which makes
the whole text of a batch slower to encode in JavaScript; without any (\`npm run bench -- --ascii\`) those paths come
closer. All code is warm: in a page that has just loaded, every path takes several times as long.
`;
}
