// Measures in Chromium what an event costs a page's main thread, with this library, the official SDK and hand-written
// code. Checks this library's time and memory against its targets.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../../scripts/build.mjs';
import { bundle } from '../../scripts/bundles.mjs';
import { options, script, wholeNumber } from '../../scripts/command_line.mjs';
import { writeFigures } from '../../scripts/figures.mjs';
import { ensure } from '../../scripts/setup.mjs';
import { Failure, root, run, step } from '../../scripts/steps.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';

/** Page loads: the same code is faster in one load than in the next, as V8 compiles it differently. */
const LOADS = 5;
/** Untimed rounds at the start of each load. */
const WARM_UP = 100;

/** The public path runs one round for this many of the inner path. */
const PUBLIC_SHARE = 4;
/** Untimed rounds of the public path at the start of each load. */
const PUBLIC_WARM_UP = 30;
/** How many events a cold page sends: one run for each number. */
const COLD_EVENTS = [1, 20, 200];
const EVENTS = 200;
/** Paths of this library. */
const HOSTS = ['worker', 'page'];

const help = `Usage: npm run bench [-- --host NAME … --rounds N --cold N --ascii --json --write]

Measures main-thread time of a page in Chromium:
  public path  ${EVENTS} events in a warm page, from the first call until all events are posted to the shared worker
               or are in a request's body. Includes everything that the client does on the page meanwhile
  cold         the same for the first ${COLD_EVENTS.join(', ')} events of a page that has just loaded; includes the
               client's start
  inner path   from the fields of ${EVENTS} events to a sealed body, for each way to make one; also the body's size
All paths get the same events and take turns. Times are medians and minima. "time, ×" divides a path's time by that of
the first row (public path: by that of the official SDK) in the same round, and is the median over the rounds; a busy
machine disturbs it least. Prints whether this library meets its targets of time and memory; exits with 1 if it misses
one.
  --host NAME where this library's engine runs on the public path and in cold pages: worker or page; repeatable
              (default: both)
  --rounds N  timed rounds of the inner path, spread over ${LOADS} page loads; the public path has a quarter
              (default 400)
  --cold N    page loads for each cold figure, 0 to 100; 0 skips them (default 10)
  --ascii     use events without Chinese for the inner path: Chinese makes the JavaScript paths slower
  --json      print the figures as JSON
  --write     write the figures into docs/benchmarks.md`;

const heads = [
  'inner path: fields to sealed body',
  'µs/event',
  'min µs',
  '200 events, ms',
  'JSON, bytes',
  'sent, bytes',
  'time, ×',
];

const publicHeads = [
  'public path: track() to hand-over',
  'µs/event',
  'min µs',
  '200 events, ms',
  'time, × official SDK',
];

const coldHeads = [
  'cold page',
  ...COLD_EVENTS.map((count) => `${count} event${count > 1 ? 's' : ''}, ms`),
];

await script(async () => {
  const chosen = options(help, {
    host: { type: 'string', multiple: true, default: HOSTS },
    rounds: { type: 'string', default: '400' },
    cold: { type: 'string', default: '10' },
    ascii: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  });
  const rounds = wholeNumber('rounds', chosen.rounds, 1, 100_000, help);
  const coldLoads = wholeNumber('cold', chosen.cold, 0, 100, help);
  const unknown = chosen.host.find((host) => !HOSTS.includes(host));
  if (unknown) throw new Failure(`There is no host "${unknown}"; there are ${HOSTS.join(', ')}.`);
  const left = HOSTS.filter((host) => !chosen.host.includes(host));
  const isWhole = !chosen.ascii && coldLoads > 0 && left.length === 0;
  if (!isWhole && chosen.write)
    throw new Failure('--write needs all figures: leave out --host, --ascii and --cold 0.');
  await ensure('bench');
  await build({ js: true });
  const files = await step('Building the benchmark', buildBenchmark);
  const { openChromium } = await import('./chromium.mjs');
  const chromium = await openChromium(files);
  /** @type {any} */
  const result = { browser: chromium.version };
  try {
    result.public = await step('Public path', () => runPublic(chromium, rounds, left));
    if (coldLoads > 0) {
      result.cold = await step('Cold pages', () => runCold(chromium, coldLoads, left));
    }
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

/** Builds the nlohmann module and the scripts of the pages. Returns the files to serve, by URL path. */
async function buildBenchmark() {
  await run('build-bench', 'cmake', ['--build', '--preset', 'wasm', '--target', 'nlohmann_body']);
  const outdir = 'build/bench';
  await bundle({
    entryPoints: ['tests/bench/page.ts', 'tests/bench/glue.ts', 'tests/bench/public_page.ts'],
    outdir,
    format: 'esm',
    minify: true, // as it ships
  });
  // The import of engine.js runs in a task of its own without any callback: this call makes the meter count it.
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

/** Figures of all public paths in a warm page but those `left` out. */
async function runPublic(chromium, rounds, left) {
  const settings = {
    left,
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

/**
 * Milliseconds in a page that has just loaded: the median of each path for each number of events. Clients take turns.
 */
async function runCold(chromium, loads, left) {
  const titles = {
    worker: 'this library, shared worker',
    page: 'this library, `worker: false`',
    official: 'official SDK, plain',
  };
  const paths = Object.entries(titles)
    .filter(([id]) => !left.includes(id))
    .map(([id, title]) => ({ id, title, ms: {} }));
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

/** Figures of all inner paths; the first one is this library. */
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

/** The targets of this library: {name, value, limit, met}. */
function targetsOf({ public: { paths }, inner }) {
  const [ours] = inner.paths;
  const timeAgainst = (id) => 1 / inner.paths.find((path) => path.id === id).timesThisLibrary;
  const publicTime = (id) => paths.find((path) => path.id === id)?.timesOfficial;
  return [
    ['public path, shared worker: time / official SDK’s time', publicTime('worker'), 0.4],
    ['public path, page: time / official SDK’s time', publicTime('page'), 1],
    ['inner path: time / official SDK’s time', timeAgainst('official'), 0.5],
    ['inner path: time / lz4js’s time', timeAgainst('lz4js'), 0.45],
    ['linear memory as loaded, bytes', ours.memoryLoaded, 512 * 1024],
    ['linear memory after a batch, bytes', ours.memoryAfterBatch, 512 * 1024],
  ]
    .filter(([, value]) => value !== undefined)
    .map(([name, value, limit]) => ({ name, value, limit, met: value <= limit }));
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

function coldCells({ title, ms }) {
  return [title, ...COLD_EVENTS.map((count) => ms[count].toFixed(2))];
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

function report({ browser, public: warm, cold, inner }, targets) {
  const figure = (value) => (value < 10 ? value.toFixed(3) : value);
  const verdicts = targets.map(({ name, value, limit, met }) => [
    name,
    figure(value),
    figure(limit),
    met ? 'met' : 'MISSED',
  ]);
  const coldText = cold
    ? `First events of a page that has just loaded, main thread; medians of ${cold.loads} loads

${textTable(coldHeads, cold.paths.map(coldCells))}
`
    : '';
  return `
${browser}: ${EVENTS} warm events, main thread; median and minimum of ${warm.rounds} rounds

${textTable(publicHeads, warm.paths.map(publicCells))}
${coldText}${inner.events} events${inner.ascii ? ', ASCII only' : ''}; median and minimum of ${inner.rounds} rounds

${textTable(heads, inner.paths.map(cells))}
${textTable(['target', 'measured', 'at most', ''], verdicts)}`;
}

function markdown({ browser, public: warm, cold, inner }) {
  const [ours] = inner.paths;
  const kib = (bytes) => `${bytes / 1024} KiB`;
  return `${markdownTable(publicHeads, warm.paths.map(publicCells))}
\`npm run bench\`: ${EVENTS} page events in ${browser}, medians of ${warm.rounds} rounds, in which the clients take
turns. The time is the work of the page's main thread from the first call until all events are posted to the shared
worker, or until the request is made. Waiting does not count, nor does the worker's own work.

${markdownTable(coldHeads, cold.paths.map(coldCells))}
The same for the first events of a page that has just loaded; medians of ${cold.loads} page loads. The time includes the
client's start and, where the page is the host, the engine's, but not the parsing of scripts.

${markdownTable(heads, inner.paths.map(cells))}
Medians of ${inner.rounds} rounds, in which the paths take turns. A body of each path is decoded and compared before and
after. Linear memory of the core: ${kib(ours.memoryLoaded)} when loaded, ${kib(ours.memoryAfterBatch)} after such a
batch. A fifth of the events hold Chinese, which makes the text of a whole batch slower to encode in JavaScript.
Without Chinese (\`npm run bench -- --ascii\`) the JavaScript paths come closer.
`;
}
