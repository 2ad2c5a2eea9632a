// Times what an event costs a page's main thread, by this library, the official SDK and a page's own code, in one
// Chromium run, and holds time and memory of this library against their targets.
import { readFileSync, writeFileSync } from 'node:fs';
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

/** Rounds of the public path for each 4 of the inner one, and before the timed ones of a load. */
const PUBLIC_SHARE = 4;
const PUBLIC_WARM_UP = 30;
/** Events of a page, cold. */
const COLD_EVENTS = [1, 20, 200];
const EVENTS = 200;

const help = `Usage: npm run bench [-- --rounds N --cold N --ascii --json --write]

Times the page's main thread in one Chromium run:
  public path  200 warm events, from the call for each of them until they are handed over: posted to the shared
               worker, or in a request's body; and all that this sets off on the page meanwhile
  cold         the same for the first ${COLD_EVENTS.join(', ')} events of a page that has just loaded, with the client's start
  inner path   from the fields of 200 events to a sealed body, by every way to do so, and the body's size
All paths have the same events, in turn. Prints whether the targets of time and memory are met, and exits with 1 when
one is not. Times are medians and the least; "time, ×" is the median over the rounds of a path's time against that of
the first row (public path: of the official SDK) in the same round, which a busy machine disturbs least.
  --rounds N  timed rounds of the inner path, shared among ${LOADS} page loads; of the public one a quarter (default 400)
  --cold N    page loads of each cold figure, 0 to 100; 0 leaves them out (default 10)
  --ascii     the inner path by the same events without Chinese, which make the JavaScript paths slower
  --json      print the figures as JSON
  --write     put the figures into README.md`;

const heads = [
  'inner path: fields to sealed body',
  'µs/event',
  'least µs',
  '200 events, ms',
  'JSON, bytes',
  'sent, bytes',
  'time, ×',
];

const publicHeads = [
  'public path: track() to handed over',
  'µs/event',
  'least µs',
  '200 events, ms',
  'time, × official SDK',
];

const coldHeads = [
  'cold page',
  ...COLD_EVENTS.map((count) => `${count} event${count > 1 ? 's' : ''}, ms`),
];

await script(async () => {
  const chosen = options(help, {
    rounds: { type: 'string', default: '400' },
    cold: { type: 'string', default: '10' },
    ascii: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  });
  const rounds = wholeNumber('rounds', chosen.rounds, 1, 100_000, help);
  const coldLoads = wholeNumber('cold', chosen.cold, 0, 100, help);
  const isWhole = !chosen.ascii && coldLoads > 0;
  if (!isWhole && chosen.write)
    throw new Failure('--write is for the whole events, with the cold ones.');
  await ensure('bench');
  await build({ js: true });
  const files = await step('Building the benchmark', buildBenchmark);
  const { openChromium } = await import('./chromium.mjs');
  const chromium = await openChromium(files);
  const result = { browser: chromium.version };
  try {
    result.public = await step('Public path', () => runPublic(chromium, rounds));
    if (coldLoads > 0) result.cold = await step('Cold pages', () => runCold(chromium, coldLoads));
    result.inner = await step('Inner path', () => runInner(chromium, rounds, chosen.ascii));
  } finally {
    await chromium.stop();
  }
  const targets = targetsOf(result);
  if (chosen.json) {
    process.stdout.write(`${JSON.stringify({ ...result, targets }, undefined, 2)}\n`);
  } else {
    process.stdout.write(report(result, targets));
  }
  if (chosen.write) writeFigures('bench', markdown(result));
  return targets.every(({ met }) => met) ? 0 : 1;
});

/** Builds the other module and the scripts of the pages; returns all files by the paths that they ask for. */
async function buildBenchmark() {
  await run('build-bench', 'cmake', ['--build', '--preset', 'wasm', '--target', 'nlohmann_body']);
  const outdir = 'build/bench';
  await bundle({
    entryPoints: ['tests/bench/page.ts', 'tests/bench/glue.ts', 'tests/bench/public_page.ts'],
    outdir,
    format: 'esm',
    minify: true, // as it ships
  });
  // What a page loads by itself begins a task that no callback tells of.
  const engine = readFileSync(join(root, 'dist/engine.js'), 'utf8');
  writeFileSync(join(root, outdir, 'engine.js'), `meter.task(()=>{});${engine}`);
  const dist = ['webtrack.iife.js', 'webtrack.worker.js', 'core_hc.wasm', 'core.wasm'];
  return {
    '/page.js': join(root, outdir, 'page.js'),
    '/glue.js': join(root, outdir, 'glue.js'),
    '/public_page.js': join(root, outdir, 'public_page.js'),
    '/engine.js': join(root, outdir, 'engine.js'),
    ...Object.fromEntries(dist.map((file) => [`/${file}`, join(root, 'dist', file)])),
    '/nlohmann_body.wasm': join(root, 'build/wasm/tests/bench/nlohmann_body.wasm'),
  };
}

/** Figures of all paths, warm. */
async function runPublic(chromium, rounds) {
  const settings = {
    events: EVENTS,
    rounds: Math.ceil(rounds / LOADS / PUBLIC_SHARE),
    warmUp: PUBLIC_WARM_UP,
  };
  const loads = [];
  for (let load = 0; load < LOADS; load++) {
    loads.push(await chromium.run('public_page.js', 'runWarm', settings));
  }
  const timesOf = (id) => loads.flatMap((paths) => paths.find((path) => path.id === id).times);
  const theirs = timesOf('official');
  const paths = loads[0].map(({ id, title }) => {
    const times = timesOf(id);
    return {
      id,
      title,
      usPerEvent: (median(times) * 1000) / EVENTS,
      leastUsPerEvent: (Math.min(...times) * 1000) / EVENTS,
      totalMs: median(times),
      timesOfficial: median(times.map((time, round) => time / theirs[round])),
    };
  });
  return { rounds: theirs.length, paths };
}

/** Medians of all paths by number of events: milliseconds in a page that has just loaded, the clients turn by turn. */
async function runCold(chromium, loads) {
  const titles = {
    worker: 'this library, shared worker',
    page: 'this library, `worker: false`',
    official: 'official SDK, plain',
  };
  const paths = Object.entries(titles).map(([id, title]) => ({ id, title, ms: {} }));
  for (const events of COLD_EVENTS) {
    const times = Object.fromEntries(paths.map(({ id }) => [id, []]));
    for (let load = 0; load < loads; load++) {
      for (const { id } of paths) {
        times[id].push(await chromium.run('public_page.js', 'runCold', { path: id, events }));
      }
    }
    for (const { id, ms } of paths) ms[events] = median(times[id]);
  }
  return { loads, paths };
}

/** Figures of all paths, the first of which is this library. */
async function runInner(chromium, rounds, ascii) {
  const settings = { rounds: Math.ceil(rounds / LOADS), warmUp: WARM_UP, ascii };
  const results = [];
  for (let load = 0; load < LOADS; load++) {
    results.push(await chromium.run('page.js', 'runBench', settings));
  }
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
  return { events, ascii, rounds: ours.length, paths: figures };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** What this library has to reach: {name, value, limit, met}. */
function targetsOf({ public: { paths }, inner }) {
  const [ours] = inner.paths;
  const timeAgainst = (id) => 1 / inner.paths.find((path) => path.id === id).timesThisLibrary;
  const publicTime = (id) => paths.find((path) => path.id === id).timesOfficial;
  return [
    ['public path by the worker, of the official SDK’s', publicTime('worker'), 0.4],
    ['public path by the page, of the official SDK’s', publicTime('page'), 1],
    ['inner path, of the official SDK’s', timeAgainst('official'), 0.5],
    ['inner path, of that with lz4js', timeAgainst('lz4js'), 0.45],
    ['linear memory as loaded, bytes', ours.memoryLoaded, 512 * 1024],
    ['linear memory after a batch, bytes', ours.memoryAfterBatch, 512 * 1024],
  ].map(([name, value, limit]) => ({ name, value, limit, met: value <= limit }));
}

function publicCells({ title, usPerEvent, leastUsPerEvent, totalMs, timesOfficial }) {
  return [
    title,
    usPerEvent.toFixed(2),
    leastUsPerEvent.toFixed(2),
    totalMs.toFixed(2),
    timesOfficial.toFixed(2),
  ];
}

const coldCells = ({ title, ms }) => [title, ...COLD_EVENTS.map((count) => ms[count].toFixed(2))];

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

function report({ browser, public: warm, cold, inner }, targets) {
  const figure = (value) => (value < 10 ? value.toFixed(3) : value);
  const verdicts = targets.map(({ name, value, limit, met }) => [
    name,
    figure(value),
    figure(limit),
    met ? 'met' : 'MISSED',
  ]);
  const coldText = cold
    ? `First events of a page that has just loaded, main thread; median of ${cold.loads} loads

${textTable(coldHeads, cold.paths.map(coldCells))}
`
    : '';
  return `
${browser}: ${EVENTS} warm events, main thread; median of ${warm.rounds} rounds, and the least

${textTable(publicHeads, warm.paths.map(publicCells))}
${coldText}${inner.events} events${inner.ascii ? ', ASCII alone' : ''}; median of ${inner.rounds} rounds, and the least

${textTable(heads, inner.paths.map(cells))}
${textTable(['target', 'is', 'at most', ''], verdicts)}`;
}

function markdown({ browser, public: warm, cold, inner }) {
  const [ours] = inner.paths;
  const kib = (bytes) => `${bytes / 1024} KiB`;
  return `${markdownTable(publicHeads, warm.paths.map(publicCells))}
${EVENTS} page events in ${browser}, median of ${warm.rounds} rounds, all clients turn by turn: \`npm run bench\`. What a page's
main thread does from the call for each event until all are posted to the shared worker, or until the request is made;
waiting does not count, nor does what the worker does.

${markdownTable(coldHeads, cold.paths.map(coldCells))}
The same for the first events of a page that has just loaded, with the client's start and, where the page is the host, the
engine; medians of ${cold.loads} page loads, without the parsing of scripts.

${markdownTable(heads, inner.paths.map(cells))}
Median of ${inner.rounds} rounds, all paths turn by turn, every body decoded
and compared. Linear memory of the core: ${kib(ours.memoryLoaded)} as loaded,
${kib(ours.memoryAfterBatch)} after such a batch. A fifth of the events hold Chinese, which makes
the whole text of a batch slower to encode in JavaScript; without any (\`npm run bench -- --ascii\`) those paths come
closer.
`;
}
