// Checks that the tree is ready for a release, and makes the package.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { options, script } from './command_line.mjs';
import { ensure } from './setup.mjs';
import { Failure, root, run, step } from './steps.mjs';
import { textTable } from './table.mjs';

await script(async () => {
  const chosen = options(
    `Usage: npm run release [-- --dry-run --skip-tests]

Checks that all changes are committed, that the version has an entry in CHANGELOG.md and is in no source, that all
tests pass, and that two builds give the same bytes. Then packs the package and prints its files with their sizes.
docs/releasing.md describes the other steps of a release.
  --dry-run     do not write the package
  --skip-tests  do not run the tests`,
    {
      'dry-run': { type: 'boolean', default: false },
      'skip-tests': { type: 'boolean', default: false },
    },
  );
  await ensure('test');
  await step('Checking for uncommitted changes', checkTree);
  const { version } = JSON.parse(read('package.json'));
  await step(`Checking version ${version}`, () => checkVersion(version));
  if (!chosen['skip-tests']) {
    const args = ['test', '--', '--all-browsers'];
    await step('Running all tests', () => run('test', 'npm', args));
  }
  const first = await step('Building from scratch', buildAnew);
  const second = await step('Building from scratch again', buildAnew);
  compare(first, second);
  const isDry = chosen['dry-run'];
  const args = ['pack', '--json', '--ignore-scripts', ...(isDry ? ['--dry-run'] : [])];
  const [{ filename, files, size, unpackedSize }] = JSON.parse(
    await step('Packing', () => run('pack', 'npm', args)),
  );
  const rows = files.map((file) => [file.path, file.size]);
  process.stdout.write(`${textTable(['file', 'bytes'], rows)}\n\n`);
  const made = isDry ? `${filename} would have` : `${filename} has`;
  process.stdout.write(`${made} ${size} bytes, ${unpackedSize} unpacked.\n`);
});

function read(path) {
  return readFileSync(`${root}/${path}`, 'utf8');
}

/** What git prints. `git grep` exits with 1 if it finds nothing. */
function git(...args) {
  const { stdout, stderr, status } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0 && !(args[0] === 'grep' && status === 1)) {
    throw new Failure(`git ${args[0]} failed: ${stderr}`);
  }
  return stdout.trim();
}

function checkTree() {
  const changes = git('status', '--porcelain');
  if (changes) throw new Failure(`Commit or stash these changes:\n${changes}`);
}

/** The build takes the version from package.json, so no source may contain it. */
function checkVersion(version) {
  const heading = /\n## (.*)/.exec(read('CHANGELOG.md'))?.[1] ?? '';
  if (!heading.startsWith(`[${version}] - `) || !/ \d{4}-\d\d-\d\d$/.test(heading)) {
    throw new Failure(
      `The first entry of CHANGELOG.md is "${heading}". Rename it to "[${version}] - YYYY-MM-DD".`,
    );
  }
  if (JSON.parse(read('package-lock.json')).version !== version) {
    throw new Failure('package-lock.json has another version. Run npm install.');
  }
  const text = `['"]${version.replaceAll('.', '\\.')}['"]`;
  const places = ['--', 'js', 'wasm', 'scripts', 'demo'];
  const found = git('grep', '--files-with-matches', text, ...places);
  if (found) throw new Failure(`These files must not contain the version:\n${found}`);
}

async function buildAnew() {
  for (const folder of ['dist', 'build/wasm']) {
    rmSync(`${root}/${folder}`, { recursive: true, force: true });
  }
  await run('release-build', 'node', ['scripts/build.mjs', '--wasm', '--js']);
  return hashesOf('dist');
}

function hashesOf(folder) {
  const paths = readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`);
  return new Map(
    paths.map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

function compare(first, second) {
  const names = new Set([...first.keys(), ...second.keys()]);
  const different = [...names].filter((name) => first.get(name) !== second.get(name));
  if (different.length > 0) {
    throw new Failure(`Two builds of the same sources differ:\n${different.join('\n')}`);
  }
}
