// Prints what a page has to download, against the budgets, and what each module of the glue adds to it.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, bundle, bundles } from './build.mjs';
import { isMain, options, script } from './command-line.mjs';
import { writeFigures } from './readme.mjs';
import { ensure } from './setup.mjs';
import { root } from './steps.mjs';
import { markdownTable, textTable } from './table.mjs';

/** Brotli bytes that each may have. */
const budgets = [
  { name: 'core.wasm', files: ['core.wasm'], budget: 5250 },
  { name: 'core.js', files: ['core.js'], budget: 8000 },
  { name: 'webtrack.js', files: ['webtrack.js'] },
  { name: 'webtrack.js + core.wasm', files: ['webtrack.js', 'core.wasm'], budget: 15500 },
  { name: 'webtrack.iife.js', files: ['webtrack.iife.js'], budget: 20000 },
];

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
      brotli: total(
        (bytes) =>
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
      ),
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

const heads = ['bytes', 'raw', 'gzip -9', 'brotli -11', 'budget'];
const cells = ({ name, raw, gzip, brotli, budget }) => [name, raw, gzip, brotli, budget];

if (isMain(import.meta.url)) {
  await script(async () => {
    const { write } = options(
      `Usage: npm run size [-- --write]

Builds, then prints raw, gzip and brotli bytes of what ships; exits with 1 when one is over its budget.
  --write  put the table into README.md`,
      { write: { type: 'boolean', default: false } },
    );
    await ensure('build');
    await build({ js: true });
    const rows = measure();
    const verdicts = rows.map((row) => [...cells(row), isOver(row) ? 'over' : '']);
    process.stdout.write(`\n${textTable([...heads, ''], verdicts)}`);
    if (write) writeFigures('size', markdownTable(heads, rows.map(cells)));
    const { outputs } = await bundle({
      ...bundles.module,
      outfile: 'webtrack.js',
      write: false,
      metafile: true,
    });
    const modules = Object.entries(outputs['webtrack.js'].inputs).sort(
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
