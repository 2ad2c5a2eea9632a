// Prints what a page has to download, against the budgets, and what each module of the glue adds to it.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, bundles, bundleToShip } from './build.mjs';
import { isMain, options, script } from './command-line.mjs';
import { writeFigures } from './readme.mjs';
import { ensure } from './setup.mjs';
import { root } from './steps.mjs';
import { markdownTable, textTable } from './table.mjs';

/** What a visitor of a page with the script tag and autocapture() loads in all, in the shared worker or in the page. */
const VISIT = ['webtrack.iife.js', 'webtrack.late.js'];

/** Brotli bytes that each may have. */
const budgets = [
  { name: 'core.wasm', files: ['core.wasm'], budget: 5000 },
  { name: 'core_hc.wasm', files: ['core_hc.wasm'], budget: 6500 },
  { name: 'core.js', files: ['core.js'], budget: 8000 },
  { name: 'webtrack.js (recorder, npm)', files: ['webtrack.js'], budget: 8500 },
  { name: 'webtrack.iife.js (first file of the tag)', files: ['webtrack.iife.js'], budget: 12500 },
  { name: 'webtrack.late.js', files: ['webtrack.late.js'], budget: 12500 },
  { name: 'webtrack.worker.js', files: ['webtrack.worker.js'], budget: 10500 },
  { name: 'engine.js', files: ['engine.js'], budget: 10500 },
  { name: 'capture.js', files: ['capture.js'], budget: 15500 },
  {
    name: 'a visit with autocapture(), worker',
    files: [...VISIT, 'webtrack.worker.js', 'core_hc.wasm'],
  },
  { name: 'a visit with autocapture(), page', files: [...VISIT, 'engine.js', 'core.wasm'] },
  { name: 'webtrack.all.iife.js', files: ['webtrack.all.iife.js'], budget: 38100 },
];

function brotliBytes(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}

/** Sizes in bytes of what dist/ holds: {name, budget, raw, gzip, brotli}. */
export function measure() {
  return budgets.map(({ name, files, budget }) => {
    const contents = files.map((file) => readFileSync(`${root}/dist/${file}`));
    // Each file travels, and so is compressed, by itself.
    const total = (size) => contents.reduce((sum, bytes) => sum + size(bytes), 0);
    return {
      name,
      budget,
      raw: total((bytes) => bytes.length),
      gzip: total((bytes) => gzipSync(bytes, { level: 9 }).length),
      brotli: total(brotliBytes),
    };
  });
}

const isOver = ({ brotli, budget }) => budget !== undefined && brotli > budget;

/** The budgets as checks. */
export function sizes() {
  return measure()
    .filter(({ budget }) => budget !== undefined)
    .map((row) => ({
      name: `size of ${row.name}`,
      state: isOver(row) ? 'failed' : 'passed',
      detail: `${row.brotli} bytes brotli, budget ${row.budget}`,
    }));
}

/** Brotli bytes of each plug-in with all that it needs, as a page gets it that imports no other. */
async function plugIns() {
  const { exports } = await bundleToShip(bundles['capture.js']);
  const sizes = exports.map(async (name) => {
    const contents = `export { ${name} } from './js/src/capture.ts'`;
    const { code } = await bundleToShip({
      ...bundles['capture.js'],
      entryPoints: undefined,
      stdin: { contents, resolveDir: root },
    });
    return [name, brotliBytes(code)];
  });
  return (await Promise.all(sizes)).sort(([, a], [, b]) => b - a);
}

const PLUG_IN_HEADS = ['a plug-in alone, bytes', 'brotli -11'];
const heads = ['bytes', 'raw', 'gzip -9', 'brotli -11', 'budget'];
const cells = ({ name, raw, gzip, brotli, budget }) => [name, raw, gzip, brotli, budget];

if (isMain(import.meta.url)) {
  await script(async () => {
    const { write } = options(
      `Usage: npm run size [-- --write]

Builds, then prints raw, gzip and brotli bytes of what ships; exits with 1 when one is over its budget.
  --write  put the tables into README.md`,
      { write: { type: 'boolean', default: false } },
    );
    await ensure('build');
    await build({ js: true });
    const rows = measure();
    const verdicts = rows.map((row) => [...cells(row), isOver(row) ? 'over' : '']);
    process.stdout.write(`\n${textTable([...heads, ''], verdicts)}`);
    const plugInRows = await plugIns();
    process.stdout.write(`\n${textTable(PLUG_IN_HEADS, plugInRows)}`);
    if (write) {
      writeFigures('size', markdownTable(heads, rows.map(cells)));
      writeFigures('plug-ins', markdownTable(PLUG_IN_HEADS, plugInRows));
    }
    const { inputs } = await bundleToShip(bundles['webtrack.js']);
    const modules = Object.entries(inputs).sort(
      ([, a], [, b]) => b.bytesInOutput - a.bytesInOutput,
    );
    process.stdout.write(
      `\n${textTable(
        ['in webtrack.js', 'minified'],
        modules.map(([file, { bytesInOutput }]) => [file, bytesInOutput]),
      )}`,
    );
    return rows.some(isOver) ? 1 : 0;
  });
}
