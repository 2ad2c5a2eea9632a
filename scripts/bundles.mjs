// The bundles of dist/, and the settings that all bundles share.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, root } from './steps.mjs';

const at = (...path) => join(root, ...path);

/** The core that `npm run build` makes. */
export const coreWasm = at('build/core.wasm');

const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));

/** Constants that esbuild replaces in the sources. */
export const define = { WEBTRACK_VERSION: JSON.stringify(version) };

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
 * with the given document, listeners, observers and natives, so the caller can end them. As a module the package would
 * observe until the page ends.
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
        contents: `export default function ({
          document, addEventListener, removeEventListener, PerformanceObserver, Map, Set, WeakMap, setTimeout,
          queueMicrotask,
        }) {
          let measures;
          ${text}
          return measures;
        }`,
      };
    });
  },
};

/**
 * Bundles without the compile hint. A page's own build may merge the modules into a larger file, and the hint would
 * then apply to all of it. In the worker the hint costs processor time, and no visitor waits for the worker.
 */
const WITHOUT_HINT = ['webtrack.js', 'webtrack.inline.js', 'capture.js', 'webtrack.worker.js'];

/** What a file of dist/ begins with. */
export const preambleOf = (file) => (WITHOUT_HINT.includes(file) ? '' : COMPILE_HINT);

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
  'webtrack.inline.js': {
    entryPoints: ['js/src/inline.ts'],
    format: 'esm',
    plugins: [coreAsText],
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
