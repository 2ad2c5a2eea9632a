// Builds everything that is not tracked: the C++ targets, dist/ (what npm ships) and build/site (the demo).
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { buildApps } from './apps.mjs';
import { isMain, options, script } from './command-line.mjs';
import { lz4Dir } from './lz4.mjs';
import { ensure } from './setup.mjs';
import { Failure, root, run, step } from './steps.mjs';

const at = (...path) => join(root, ...path);
const coreWasm = at('build/core.wasm');
const coreHcWasm = at('build/core_hc.wasm');
const coreForJs = at('build/core_js.wasm');

const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));

/** What the library knows of its package, as the sources name it. */
export const define = { WEBTRACK_VERSION: JSON.stringify(version) };

/** The collector's program; built by `native`. */
export const collector = at('build/native/demo/collector/webtrack-collector');

/**
 * Builds the parts that are asked for, and those that they are made of.
 * `tests` adds the C++ tests to `native`.
 */
export async function build({ native, tests, site, apps, js = site || apps, wasm = js }) {
  if (native) await step('Building the collector', () => cmake('native', tests));
  if (wasm) await step('Building the core for the browser', buildCore);
  if (js) await step('Building dist/', buildDist);
  if (site) await step('Building the demo site', buildSite);
  if (apps) await buildApps();
}

async function cmake(preset, tests) {
  const settings = [`-DWEBTRACK_LZ4_DIR=${lz4Dir}`];
  // Only ever switched on: a plain build between two test runs need not forget the tests.
  if (tests) settings.push('-DWEBTRACK_TESTS=ON');
  await run(`cmake-${preset}`, 'cmake', ['--preset', preset, ...settings]);
  const targets = preset === 'native' && !tests ? ['--target', 'webtrack-collector'] : [];
  await run(`build-${preset}`, 'cmake', ['--build', '--preset', preset, ...targets]);
}

async function buildCore() {
  await cmake('wasm');
  for (const file of [coreWasm, coreHcWasm, coreForJs])
    await dropRuntimeExports(at('build/wasm/wasm', basename(file)), file);
}

/** Leaves out what emcc exports for its own runtime, which is not there. */
async function dropRuntimeExports(from, to) {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(from)))
    .map(({ name }) => name)
    .filter((name) => /^(memory|_initialize|webtrack_.*)$/.test(name));
  const graph = `${to}.exports.json`;
  writeFileSync(graph, JSON.stringify(names.map((name) => ({ name, root: true, export: name }))));
  const features = ['--enable-bulk-memory', '--enable-sign-ext'];
  await run(basename(to), 'wasm-metadce', [from, '--graph-file', graph, '-o', to, ...features]);
}

/** esbuild with what all bundles share; a warning is a failure, since it is printed nowhere else. */
export async function bundle(settings) {
  const esbuild = await import('esbuild'); // not on top: the scripts load before npm packages are there
  const { warnings, metafile, outputFiles } = await esbuild
    .build({
      absWorkingDir: root,
      bundle: true,
      target: 'es2022',
      logLevel: 'silent',
      define,
      ...settings,
    })
    .catch((error) => {
      throw new Failure(error.message);
    });
  if (warnings.length > 0) {
    throw new Failure((await esbuild.formatMessages(warnings, { kind: 'warning' })).join('\n'));
  }
  return { ...metafile, outputFiles };
}

/**
 * Chromium compiles the whole file while it downloads it, beside the main thread: for a cold visit a third less of that.
 * https://v8.dev/blog/explicit-compile-hints; other browsers see a comment.
 */
const COMPILE_HINT = '//# allFunctionsCalledOnLoad';

/**
 * A bundle as it ships: `{ code, map, inputs, exports }`, the last two as esbuild describes them. What esbuild leaves,
 * terser makes smaller once more: above all it names things alike from one function to the next, which compresses better.
 */
export async function bundleToShip(settings, preamble = COMPILE_HINT) {
  const { outputs, outputFiles } = await bundle({
    ...settings,
    outfile: 'dist/bundle.js', // where the map's addresses begin
    minify: true,
    sourcemap: 'external',
    metafile: true,
    write: false,
  });
  const [map, bundled] = outputFiles.map(({ text }) => text);
  const { minify } = await import('terser');
  const shipped = await minify(bundled, {
    ecma: 2020,
    module: settings.format === 'esm',
    // The first three would make it no smaller once it is compressed; by the last one a function that is used once would
    // be made anew at each call.
    compress: {
      passes: 2,
      lhs_constants: false,
      sequences: false,
      booleans: false,
      reduce_funcs: false,
    },
    format: {
      comments: false,
      ascii_only: true, // the page may be of any charset
      preamble,
    },
    sourceMap: { content: map },
  });
  return { ...shipped, ...outputs['dist/bundle.js'] };
}

/** What tests/{folder}/main.ts exports, bundled: Node 20 does not read TypeScript. */
export async function importTests(folder) {
  // Two folders below the root, as the sources are, which look for other files relative to themselves.
  const outfile = `build/${folder}/main.mjs`;
  await bundle({
    entryPoints: [`tests/${folder}/main.ts`],
    outfile,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    sourcemap: 'inline',
  });
  return import(at(outfile));
}

/** Makes `import coreText from 'core.wasm'` the module itself as Base64: a browser decodes that in a tenth of a millisecond. */
const coreAsText = {
  name: 'core-as-text',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^core\.wasm$/ }, () => ({ path: coreWasm, namespace: 'core' }));
    onLoad({ filter: /$/, namespace: 'core' }, ({ path }) => ({
      contents: readFileSync(path).toString('base64'),
      loader: 'text',
    }));
  },
};

/** Leaves the engine in a file of its own: the package's first file imports it when it is needed. */
const engineBeside = {
  name: 'engine-beside',
  setup({ onResolve }) {
    onResolve({ filter: /page_engine\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './engine.js', external: true } : undefined,
    );
  },
};

/**
 * Makes `import webVitals from 'web-vitals/attribution?factory'` a function that runs the package anew at each call, with
 * the listeners and observers that it is given: as a module it observes from when it is loaded, for good.
 */
const webVitalsFactory = {
  name: 'web-vitals-factory',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?factory$/ }, ({ path }) => ({
      path: path.replace('?factory', ''),
      namespace: 'factory',
    }));
    onLoad({ filter: /$/, namespace: 'factory' }, async ({ path }) => {
      const names = 'onCLS, onFCP, onINP, onLCP, onTTFB';
      const contents = `import { ${names} } from '${path}'; measures = { ${names} };`;
      const { outputFiles } = await bundle({
        stdin: { contents, resolveDir: root },
        format: 'esm',
        write: false,
      });
      const [{ text }] = outputFiles;
      return {
        contents: `export default function (addEventListener, PerformanceObserver) {
          let measures;
          ${text}
          return measures;
        }`,
      };
    });
  },
};

/** Bundles that a page's own build puts into a larger file: a hint at their beginning would speak for all of it. */
/** A page's own build may put the modules into a file that the hint would speak for; nobody waits for a worker. */
const WITHOUT_HINT = ['webtrack.js', 'capture.js', 'webtrack.worker.js'];

/** The shipped bundles, as esbuild settings, by their file. */
export const bundles = {
  'webtrack.js': {
    entryPoints: ['js/src/index.ts'],
    format: 'esm',
    plugins: [engineBeside],
  },
  'engine.js': { entryPoints: ['js/src/page_engine.ts'], format: 'esm' },
  'capture.js': {
    entryPoints: ['js/src/capture.ts'],
    format: 'esm',
    plugins: [webVitalsFactory],
  },
  'webtrack.worker.js': { entryPoints: ['js/src/worker.ts'], format: 'iife' },
  'webtrack.iife.js': { entryPoints: ['js/src/script.ts'], format: 'iife' },
  'webtrack.late.js': {
    entryPoints: ['js/src/late.ts'],
    format: 'esm',
    plugins: [webVitalsFactory],
  },
  'webtrack.all.iife.js': {
    entryPoints: ['js/src/all.ts'],
    format: 'iife',
    plugins: [coreAsText, webVitalsFactory],
  },
};

async function buildDist() {
  await inPlaceOf(at('dist'), async (dist) => {
    for (const file of [coreWasm, coreHcWasm]) {
      cpSync(file, join(dist, basename(file)));
      chmodSync(join(dist, basename(file)), 0o644); // the linker takes it for a program
    }
    writeFileSync(join(dist, 'LICENSES.txt'), licenses());
    await Promise.all([
      ...Object.entries(bundles).map(([file, settings]) => ship(settings, join(dist, file))),
      buildCoreJs(join(dist, 'core.js')),
      writeDeclarations(dist),
    ]);
  });
}

async function ship(settings, file) {
  const preamble = WITHOUT_HINT.includes(basename(file)) ? '' : COMPILE_HINT;
  const { code, map } = await bundleToShip(settings, preamble);
  writeFileSync(file, `${code}\n//# sourceMappingURL=${basename(file)}.map\n`);
  writeFileSync(`${file}.map`, map);
}

/** The licence of what is in the bundles besides the project's own code, as each of them asks for. */
function licenses() {
  const parts = [
    [
      'LZ4, in core.wasm, core_hc.wasm, core.js and webtrack.all.iife.js',
      join(lz4Dir, 'lib/LICENSE'),
    ],
    [
      'web-vitals, in capture.js, webtrack.late.js and webtrack.all.iife.js',
      at('node_modules/web-vitals/LICENSE'),
    ],
  ];
  return parts.map(([part, file]) => `${part}\n\n${readFileSync(file, 'utf8')}`).join('\n\n');
}

/**
 * The core as JavaScript, for pages whose Content-Security-Policy forbids WebAssembly: a module whose default
 * export is a function that makes what WebAssembly.Instance has as `exports`.
 */
async function buildCoreJs(outfile) {
  const raw = at('build/core_js.js');
  await run('wasm2js', 'wasm2js', [coreForJs, '--enable-bulk-memory', '-Oz', '-o', raw]);
  const grown = 'buffer = newBuffer;';
  // Growing has to detach the memory that was, as WebAssembly does: views of it tell by their length of 0.
  const detach = 'new MessageChannel().port1.postMessage(0, [buffer]);';
  const text = readFileSync(raw, 'utf8').replace(grown, detach + grown);
  // wasm2js makes one instance when it is loaded, and keeps a part of its state outside of it.
  const end = text.indexOf('var retasmFunc = asmFunc(');
  if (end < 0 || !text.includes(detach)) {
    throw new Failure(`${raw} is not what wasm2js used to write`);
  }
  const instance = 'asmFunc({ abort() { throw new Error("webtrack: core.js") } })';
  const contents = `export default function () {\n${text.slice(0, end)}\nreturn ${instance};\n}\n`;
  await bundle({
    stdin: { contents, sourcefile: 'core.js' },
    format: 'esm',
    minify: true,
    outfile,
  });
}

/** The declarations of js/src alone; tsc takes other inputs than tsconfig.json's only from a file. */
async function writeDeclarations(outDir) {
  const config = at('build/tsconfig.declarations.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: '../js/src',
    outDir,
  };
  writeFileSync(
    config,
    JSON.stringify({ extends: '../tsconfig.json', compilerOptions, include: ['../js/src'] }),
  );
  await run('declarations', 'node', ['node_modules/typescript/bin/tsc', '-p', config]);
}

async function buildSite() {
  await inPlaceOf(at('build/site'), async (site) => {
    const source = at('demo/site');
    const files = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    const entryPoints = [];
    for (const file of files) {
      const kind = extname(file);
      if (kind === '.ts' || kind === '.md') continue;
      cpSync(file, file.replace(source, site));
      if (kind === '.html') entryPoints.push(...pageScripts(file));
    }
    await bundle({
      entryPoints: [...new Set(entryPoints)],
      outbase: source,
      outdir: site,
      format: 'esm',
      sourcemap: true,
      // The site uses the library as any page would: by its address, unbundled.
      external: ['/webtrack/*'],
    });
    cpSync(at('node_modules/uplot/dist/uPlot.min.css'), join(site, 'uplot.css'));
    cpSync(at('dist'), join(site, 'webtrack'), { recursive: true });
  });
}

/** The TypeScript files behind a page's `<script src="….js">`. */
function pageScripts(page) {
  const sources = [...readFileSync(page, 'utf8').matchAll(/<script\b[^>]*\bsrc="([^"]+)\.js"/g)];
  return sources
    .map(([, path]) => (path.startsWith('/') ? at('demo/site', path) : join(dirname(page), path)))
    .map((path) => `${path}.ts`)
    .filter((path) => existsSync(path));
}

/** Fills a new folder by `work`, then swaps it in: a failed build leaves the last good one. */
async function inPlaceOf(folder, work) {
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  await work(fresh);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

if (isMain(import.meta.url)) {
  await script(async () => {
    const chosen = options(
      `Usage: npm run build [-- --native --wasm --js --site --apps]

Sets up what is missing and builds the first four parts, or the named ones:
  --native  collector in build/native
  --wasm    core.wasm, core_hc.wasm and core_js.wasm in build/wasm
  --js      dist/, what npm ships; with --wasm, which is in it
  --site    build/site, shop and dashboard; with --js, which they use
  --apps    build/apps, the sample applications of the browser tests, which no other build needs; with --js`,
      {
        native: { type: 'boolean' },
        wasm: { type: 'boolean' },
        js: { type: 'boolean' },
        site: { type: 'boolean' },
        apps: { type: 'boolean' },
      },
    );
    await ensure('build');
    const all = Object.keys(chosen).length === 0;
    await build(all ? { native: true, site: true } : chosen);
  });
}
