// Builds everything that git does not track: the C++ targets, dist/ (what npm ships), build/site (the demo) and
// build/apps.
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
import { isMain, options, script } from './command_line.mjs';
import { lz4Dir } from './lz4.mjs';
import { ensure } from './setup.mjs';
import { Failure, root, run, step } from './steps.mjs';

const at = (...path) => join(root, ...path);
const coreWasm = at('build/core.wasm');
const coreHcWasm = at('build/core_hc.wasm');
const coreForJs = at('build/core_js.wasm');

const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));

/** Constants that esbuild replaces in the sources. */
export const define = { WEBTRACK_VERSION: JSON.stringify(version) };

/** Path of the collector's executable, which `native` builds. */
export const collector = at('build/native/demo/collector/webtrack-collector');

/** Builds the requested parts and what they depend on. `tests` adds the C++ tests to `native`. */
export async function build({ native, tests, site, apps, js = site || apps, wasm = js }) {
  if (native) await step('Building the collector', () => cmake('native', tests));
  if (wasm) await step('Building the core for the browser', buildCore);
  if (js) await step('Building dist/', buildDist);
  if (site) await step('Building the demo site and the examples', buildSites);
  if (apps) await buildApps();
}

async function cmake(preset, tests) {
  const settings = [`-DWEBTRACK_LZ4_DIR=${lz4Dir}`];
  // Never set to OFF: a plain build between two test runs keeps the tests configured.
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

/** Removes emcc's exports for its JavaScript runtime, which the library does not use. */
async function dropRuntimeExports(from, to) {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(from)))
    .map(({ name }) => name)
    .filter((name) => /^(memory|_initialize|webtrack_.*)$/.test(name));
  const graph = `${to}.exports.json`;
  writeFileSync(graph, JSON.stringify(names.map((name) => ({ name, root: true, export: name }))));
  const features = ['--enable-bulk-memory', '--enable-sign-ext'];
  await run(basename(to), 'wasm-metadce', [from, '--graph-file', graph, '-o', to, ...features]);
}

/** Runs esbuild with the settings that all bundles share. A warning is a failure, because nothing else prints it. */
export async function bundle(settings) {
  const esbuild = await import('esbuild'); // not at the top: npm packages may still be missing
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
 * Makes Chromium compile the whole file on another thread while it downloads. This saves a cold visit a third of its
 * script time on the main thread. Other browsers see a comment. https://v8.dev/blog/explicit-compile-hints
 */
const COMPILE_HINT = '//# allFunctionsCalledOnLoad';

/**
 * Bundles and minifies for shipping. Returns `{ code, map, inputs, exports }`, the last two from esbuild's metafile.
 * terser runs after esbuild: it gives variables of different functions the same names, which compresses better.
 */
export async function bundleToShip(settings, preamble = COMPILE_HINT) {
  const { outputs, outputFiles } = await bundle({
    ...settings,
    outfile: 'dist/bundle.js', // paths in the source map are relative to it
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
    // lhs_constants, sequences and booleans do not shrink the compressed file. reduce_funcs would inline a function
    // that is used once, and so create it again at each call.
    compress: {
      passes: 2,
      lhs_constants: false,
      sequences: false,
      booleans: false,
      reduce_funcs: false,
    },
    format: {
      comments: false,
      ascii_only: true, // the page may have any charset
      preamble,
    },
    sourceMap: { content: map },
  });
  return { ...shipped, ...outputs['dist/bundle.js'] };
}

/** Bundles tests/{folder}/main.ts and imports the result: Node 20 cannot run TypeScript. */
export async function importTests(folder) {
  // Two folders below the root, like the sources: they find other files by relative paths.
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

/** Resolves `import coreText from 'core.wasm'` to the module as Base64, which a browser decodes in 0.1 ms. */
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

/** Keeps the engine in a file of its own, engine.js, which webtrack.js imports when it needs the engine. */
const engineBeside = {
  name: 'engine-beside',
  setup({ onResolve }) {
    onResolve({ filter: /page_engine\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './engine.js', external: true } : undefined,
    );
  },
};

/**
 * Resolves `import webVitals from 'web-vitals/attribution?factory'` to a function. Each call runs the package anew,
 * with the given listeners and observers, so the caller can end them. As a module the package would observe until the
 * page ends.
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

/**
 * Bundles without the compile hint. A page's own build may merge the two modules into a larger file, and the hint would
 * then apply to all of it. In the worker the hint costs processor time, and no visitor waits for the worker.
 */
const WITHOUT_HINT = ['webtrack.js', 'capture.js', 'webtrack.worker.js'];

/** esbuild settings of each shipped bundle, by file name. */
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
      chmodSync(join(dist, basename(file)), 0o644); // the linker makes it executable
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

/** The licences of third-party code in the bundles: each requires its text to be shipped. */
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
 * Builds the core as JavaScript, for pages whose Content-Security-Policy forbids WebAssembly. The module's default
 * export is a function that returns the same functions and memory as `exports` of a WebAssembly.Instance.
 */
async function buildCoreJs(outfile) {
  const raw = at('build/core_js.js');
  await run('wasm2js', 'wasm2js', [coreForJs, '--enable-bulk-memory', '-Oz', '-o', raw]);
  const grown = 'buffer = newBuffer;';
  // WebAssembly detaches its old memory when it grows, and the glue then sees views of length 0. wasm2js does not
  // detach it.
  const detach = 'new MessageChannel().port1.postMessage(0, [buffer]);';
  const text = readFileSync(raw, 'utf8').replace(grown, detach + grown);
  // wasm2js creates one instance when the module loads and keeps some state at module level. The wrapping function
  // gives each call an instance with its own state.
  const end = text.indexOf('var retasmFunc = asmFunc(');
  if (end < 0 || !text.includes(detach)) {
    throw new Failure(`wasm2js wrote unexpected code to ${raw}: adapt buildCoreJs`);
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

/** Writes the type declarations of js/src. tsc takes an `include` other than tsconfig.json's only from another file. */
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

/** The examples: folders of examples/. Each is built into build/examples/NAME, with the dashboard. */
export const examples = readdirSync(at('examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

async function buildSites() {
  await buildSite();
  for (const name of examples) {
    await inPlaceOf(at('build/examples', name), async (folder) => {
      cpSync(at('build/site'), folder, { recursive: true });
      cpSync(at('examples', name), folder, { recursive: true });
    });
  }
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
      // The site loads the library by URL, unbundled, as any page would.
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

/** Lets `work` fill a new folder, then replaces `folder` with it: a failed build keeps the last good one. */
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

Installs what is missing, then builds the named parts, or all but --apps:
  --native  the collector, in build/native
  --wasm    core.wasm, core_hc.wasm and core_js.wasm, in build
  --js      dist/, which npm ships; includes --wasm
  --site    build/site and build/examples, the demo shop, dashboard and examples; includes --js
  --apps    build/apps, the sample applications of the browser tests; includes --js`,
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
