// Builds everything that git does not track: the C++ targets, dist/ (what npm ships), build/site (the demo),
// build/examples and build/apps.
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { buildApps, sampleApps } from './apps.mjs';
import { bundle, bundles, bundleToShip, coreWasm, preambleOf } from './bundles.mjs';
import { isMain, options, script } from './command_line.mjs';
import { buildExamples, examples } from './examples.mjs';
import { inPlaceOf } from './folders.mjs';
import { lz4Dir } from './lz4.mjs';
import { ensure } from './setup.mjs';
import { Failure, root, run, step } from './steps.mjs';

const at = (...path) => join(root, ...path);
const coreHcWasm = at('build/core_hc.wasm');
const coreForJs = at('build/core_js.wasm');

/** Path of the collector's executable, which `native` builds. */
export const collector = at('build/native/demo/collector/webtrack-collector');

/**
 * Builds the requested parts and what they depend on. `tests` adds the C++ tests to `native`; `examples`: their names.
 * @param {{
 *   native?: boolean, tests?: boolean, site?: boolean, apps?: boolean, examples?: string[],
 *   js?: boolean, wasm?: boolean
 * }} parts
 */
export async function build({
  native,
  tests,
  apps,
  examples,
  site = Boolean(examples),
  js = site || apps,
  wasm = js,
}) {
  // It takes longest and needs nothing of the others, which often wait for the network.
  const collectorBuild = native && cmake('native', tests);
  if (collectorBuild) collectorBuild.catch(() => {}); // thrown below
  try {
    if (wasm) await step('Building the core for the browser', buildCore);
    if (js) await step('Building dist/', buildDist);
    if (site) await step('Building the demo site', buildSite);
    if (examples) await buildExamples(examples);
    if (apps) await buildApps(sampleApps);
  } finally {
    if (collectorBuild) await step('Building the collector', () => collectorBuild);
  }
}

async function cmake(preset, tests) {
  const settings = [`-DWEBTRACK_LZ4_DIR=${lz4Dir}`];
  // Never set to OFF: a plain build between two test runs keeps the tests configured.
  if (tests) settings.push('-DWEBTRACK_TESTS=ON');
  // A copied checkout has a cache with the paths of the first one, which cmake refuses.
  const cache = at('build', preset, 'CMakeCache.txt');
  const home =
    existsSync(cache) && /^CMAKE_HOME_DIRECTORY.*=(.*)$/m.exec(readFileSync(cache, 'utf8'));
  if (home && home[1] !== root) settings.push('--fresh');
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
  const { code, map } = await bundleToShip(settings, preambleOf(basename(file)));
  writeFileSync(file, `${code}\n//# sourceMappingURL=${basename(file)}.map\n`);
  writeFileSync(`${file}.map`, String(map));
}

/** The licences of third-party code in the bundles: each requires its text to be shipped. */
function licenses() {
  const parts = [
    [
      'LZ4, in core.wasm, core_hc.wasm, core.js, webtrack.inline.js and webtrack.all.iife.js',
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

if (isMain(import.meta.url)) {
  await script(async () => {
    const chosen = options(
      `Usage: npm run build [-- --native --wasm --js --site --examples --apps]

Installs what is missing, then builds the named parts, or --native and --site:
  --native    the collector, in build/native
  --wasm      core.wasm, core_hc.wasm and core_js.wasm, in build
  --js        dist/, which npm ships; includes --wasm
  --site      build/site, the demo shop and the dashboard; includes --js
  --examples  build/examples; includes --site
  --apps      build/apps, the sample applications of the browser tests; includes --js`,
      {
        native: { type: 'boolean' },
        wasm: { type: 'boolean' },
        js: { type: 'boolean' },
        site: { type: 'boolean' },
        examples: { type: 'boolean' },
        apps: { type: 'boolean' },
      },
    );
    await ensure('build');
    const none = Object.keys(chosen).length === 0;
    const parts = { ...chosen, examples: chosen.examples && examples };
    await build(none ? { native: true, site: true } : parts);
  });
}
