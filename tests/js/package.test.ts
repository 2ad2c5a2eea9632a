// The npm package in another project: packed, installed offline, type-checked and imported.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const SLOW = 120_000;

let project = '';
let packed: string[] = [];

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'webtrack-consumer-'));
  // Without scripts: prepack would rebuild dist/ while other tests use it.
  const json = await run('npm', ['pack', root, '--json', '--ignore-scripts']);
  const [{ filename, files }] = JSON.parse(json) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = files.map(({ path }) => path).sort();
  await write('package.json', { name: 'consumer', private: true, type: 'module' });
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`]);
}, SLOW);

afterAll(() => rm(project, { recursive: true, force: true }));

/** Modules of the plug-ins. */
const CAPTURE =
  'clicks context depth element engagement entries errors forms identity listening long_tasks message network own page_views patch reports resources scroll stack visibility web_vitals'.split(
    ' ',
  );

test('the tarball has exactly the files on this list', () => {
  expect(packed).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/LICENSES.txt',
    'dist/capture.d.ts',
    'dist/capture.js',
    'dist/capture.js.map',
    ...CAPTURE.map((name) => `dist/capture/${name}.d.ts`),
    'dist/core.js',
    'dist/core.wasm',
    'dist/core_hc.wasm',
    'dist/engine.js',
    'dist/engine.js.map',
    'dist/events.d.ts',
    'dist/index.d.ts',
    'dist/inline.d.ts',
    'dist/technical_events.d.ts',
    'dist/types.d.ts',
    'dist/webtrack.all.iife.js',
    'dist/webtrack.all.iife.js.map',
    'dist/webtrack.iife.js',
    'dist/webtrack.iife.js.map',
    'dist/webtrack.inline.js',
    'dist/webtrack.inline.js.map',
    'dist/webtrack.js',
    'dist/webtrack.js.map',
    'dist/webtrack.late.js',
    'dist/webtrack.late.js.map',
    'dist/webtrack.worker.js',
    'dist/webtrack.worker.js.map',
    'docs/architecture.md',
    'docs/benchmarks.md',
    'docs/browsers.md',
    'docs/capture.md',
    'docs/dashboard.png',
    'docs/decisions.md',
    'docs/delivery.md',
    'docs/install.md',
    'docs/options.md',
    'docs/privacy.md',
    'docs/releasing.md',
    'docs/reliability.md',
    'docs/sls-setup.md',
    'docs/soak.svg',
    'docs/troubleshooting.md',
    'js/SCHEMA.md',
    'package.json',
    'wasm/WIRE_FORMAT.md',
  ]);
});

const SAMPLE = `
import { createTracker, type Drop, type TrackEvent, type Tracker, type TrackerOptions } from 'webtrack-wasm';
import { autocapture, type Capture, type ClickEvent, clicks } from 'webtrack-wasm/capture';

const options: TrackerOptions = {
  host: 'cn-hangzhou.log.aliyuncs.com',
  project: 'project',
  logstore: 'logstore',
  topic: 'topic',
  source: 'source',
  tags: { release: '1' },
  flushCount: 10,
  flushBytes: 1000,
  flushInterval: 0,
  timeField: false,
  capture: [...autocapture(), clicks({ dead: false })],
  coreUrl: new URL('https://example.com/core.wasm'),
  onDrop: (drop: Drop) => console.warn(drop.reason, drop.events, drop.field, drop.status, drop.errorCode),
};
const tracker: Tracker = createTracker(options);
const event: TrackEvent = { event: 'click', n: 1, on: true, at: new Date(), nested: { a: [1n] }, no: undefined };
tracker.track(event);
tracker.track({});
const flushed: Promise<void> = tracker.flush();
const stopped: Promise<void> = tracker.shutdown();
const sent: number = tracker.counts.sent;
const mine: Capture = { name: 'mine', start: (sink) => sink.on('leave', () => sink.track({ event: 'bye' })) };
const tag: ClickEvent['element_tag'] = 'a';
export { flushed, mine, sent, stopped, tag };

// @ts-expect-error: there is no such option
clicks({ alive: true });

// @ts-expect-error: host is required
createTracker({ logstore: 'logstore' });
// @ts-expect-error: there is no such option
createTracker({ host: 'https://x', logstore: 'x', flushcount: 5 });
// @ts-expect-error: flushCount is a number
createTracker({ host: 'https://x', logstore: 'x', flushCount: '5' });
// @ts-expect-error: tags are texts
createTracker({ host: 'https://x', logstore: 'x', tags: { a: 1 } });
// @ts-expect-error: timeField is a name or false
createTracker({ host: 'https://x', logstore: 'x', timeField: true });
// @ts-expect-error: an event is an object
tracker.track('click');
// @ts-expect-error: an event is required
tracker.track();
// @ts-expect-error: counts are read only
tracker.counts.sent = 0;
// @ts-expect-error: there is no such reason
createTracker({ ...options, onDrop: ({ reason }) => reason === 'bored' });
`;

for (const [module, moduleResolution] of [
  ['esnext', 'bundler'],
  ['nodenext', 'nodenext'],
]) {
  test(
    `the types are correct with module resolution ${moduleResolution}`,
    async () => {
      await write('sample.ts', SAMPLE);
      await write(`tsconfig.${moduleResolution}.json`, {
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2022',
          lib: ['es2022', 'dom'],
          types: [],
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
        },
        files: ['sample.ts'],
      });
      expect(await run('node', [tsc, '-p', `tsconfig.${moduleResolution}.json`])).toBe('');
    },
    SLOW,
  );
}

test('in Node a tracker records nothing and lets the process end', async () => {
  const output = await runScript(`
    import { createTracker } from 'webtrack-wasm';
    import { autocapture } from 'webtrack-wasm/capture';
    const tracker = createTracker({
      host: 'https://log.example.com', logstore: 'web', flushInterval: 0, capture: autocapture(),
      onDrop: (drop) => console.log('drop', drop),
    });
    tracker.track({ event: 'lost' });
    await tracker.flush();
    await tracker.shutdown();
    tracker.track({ event: 'lost' });
    console.log(JSON.stringify(tracker.counts));
  `);
  expect(JSON.parse(output)).toEqual({
    tracked: 0,
    sent: 0,
    dropped: 0,
    rawBytes: 0,
    wireBytes: 0,
  });
});

test('an invalid option throws in Node too', async () => {
  const output = await runScript(`
    import { createTracker } from 'webtrack-wasm';
    try {
      createTracker({ host: 'https://log.example.com' });
    } catch (error) {
      console.log(error instanceof TypeError, error.message);
    }
  `);
  expect(output).toMatch(/^true webtrack: option "logstore" is missing/);
});

test('all exported paths of the package resolve', async () => {
  const output = await runScript(`
    for (const file of ['', '/capture', '/inline', '/core.wasm', '/core_hc.wasm', '/core.js', '/webtrack.iife.js', '/webtrack.all.iife.js', '/webtrack.worker.js', '/package.json']) {
      console.log(import.meta.resolve('webtrack-wasm' + file).replace(/.*webtrack-wasm\\//, ''));
    }
  `);
  expect(output.split('\n')).toEqual([
    'dist/webtrack.js',
    'dist/capture.js',
    'dist/webtrack.inline.js',
    'dist/core.wasm',
    'dist/core_hc.wasm',
    'dist/core.js',
    'dist/webtrack.iife.js',
    'dist/webtrack.all.iife.js',
    'dist/webtrack.worker.js',
    'package.json',
    '',
  ]);
});

async function runScript(script: string): Promise<string> {
  await write('script.mjs', script);
  return run('node', ['script.mjs']);
}

/** Runs a program in the project and returns its output; rejects with the output if the program fails. */
async function run(program: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd: project }).catch((error) => {
    throw new Error(`${program} ${args.join(' ')}: ${error.stdout}${error.stderr}`);
  });
  return stdout;
}

function write(file: string, content: string | object): Promise<void> {
  return writeFile(
    join(project, file),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
}
