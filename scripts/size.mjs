// Prints the size of each shipped file with its budget, and what each source module adds to webtrack.js.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from './build.mjs';
import { bundles, bundleToShip } from './bundles.mjs';
import { isMain, options, script } from './command_line.mjs';
import { writeFigures } from './figures.mjs';
import { ensure } from './setup.mjs';
import { root } from './steps.mjs';
import { markdownTable, textTable } from './table.mjs';

/** Files that every page with the script tag and autocapture() loads. */
const VISIT = ['webtrack.iife.js', 'webtrack.late.js'];

/** Shipped files and their budgets in brotli bytes. A visit, the sum of several files, has no budget. */
const budgets = [
  { name: 'core.wasm', files: ['core.wasm'], budget: 5000 },
  { name: 'core_hc.wasm', files: ['core_hc.wasm'], budget: 6500 },
  { name: 'core.js', files: ['core.js'], budget: 8000 },
  { name: 'webtrack.js (recorder, npm)', files: ['webtrack.js'], budget: 10_250 },
  { name: 'webtrack.iife.js (first file of the tag)', files: ['webtrack.iife.js'], budget: 14_950 },
  { name: 'webtrack.late.js', files: ['webtrack.late.js'], budget: 12_950 },
  { name: 'webtrack.worker.js', files: ['webtrack.worker.js'], budget: 12_450 },
  { name: 'engine.js', files: ['engine.js'], budget: 12_100 },
  { name: 'capture.js', files: ['capture.js'], budget: 16_750 },
  {
    name: 'a visit with autocapture(), worker',
    files: [...VISIT, 'webtrack.worker.js', 'core_hc.wasm'],
  },
  { name: 'a visit with autocapture(), page', files: [...VISIT, 'engine.js', 'core.wasm'] },
  { name: 'webtrack.inline.js', files: ['webtrack.inline.js'], budget: 26_850 },
  { name: 'webtrack.all.iife.js', files: ['webtrack.all.iife.js'], budget: 42_150 },
];

function brotliBytes(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}

/** Sizes of the files in dist/ in bytes: {name, budget, raw, gzip, brotli}. */
export function measure() {
  return budgets.map(({ name, files, budget }) => {
    const contents = files.map((file) => readFileSync(`${root}/dist/${file}`));
    // Each file is transferred, and so compressed, by itself.
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

/** Brotli bytes of each plug-in for a page that imports no other: the plug-in with everything that it needs. */
async function plugIns() {
  const { exports } = await bundleToShip(bundles['capture.js']);
  const sizes = exports.map(async (name) => {
    const contents = `export { ${name} } from './js/src/capture.ts'`;
    const { code } = await bundleToShip({
      ...bundles['capture.js'],
      entryPoints: undefined,
      stdin: { contents, resolveDir: root },
    });
    return { name, bytes: brotliBytes(code) };
  });
  return (await Promise.all(sizes)).sort((a, b) => b.bytes - a.bytes);
}

const PLUG_IN_HEADS = ['a plug-in alone, bytes', 'brotli -11'];
const heads = ['bytes', 'raw', 'gzip -9', 'brotli -11', 'budget'];
const cells = ({ name, raw, gzip, brotli, budget }) => [name, raw, gzip, brotli, budget];

if (isMain(import.meta.url)) {
  await script(async () => {
    const { write } = options(
      `Usage: npm run size [-- --write]

Builds, then prints the raw, gzip and brotli size of each shipped file in bytes; exits with 1 if one is over its budget.
  --write  write the tables into docs/benchmarks.md and docs/capture.md`,
      { write: { type: 'boolean', default: false } },
    );
    await ensure('build');
    await build({ js: true });
    const rows = measure();
    const verdicts = rows.map((row) => [...cells(row), isOver(row) ? 'over' : '']);
    process.stdout.write(`\n${textTable([...heads, ''], verdicts)}`);
    const plugInRows = (await plugIns()).map(({ name, bytes }) => [name, bytes]);
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
        ['module of webtrack.js', 'minified bytes'],
        modules.map(([file, { bytesInOutput }]) => [file, bytesInOutput]),
      )}`,
    );
    return rows.some(isOver) ? 1 : 0;
  });
}
