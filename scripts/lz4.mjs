// Downloads the LZ4 sources for the core: from Debian's source package, or, where that fails, from upstream's release.
// Both are the same archive, so one hash verifies either.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { attempt, Failure, root, run, step } from './steps.mjs';

const version = '1.9.4';
const sha256 = '0b0e3aa07c8c063ddf40b082bdf7e37a1562bda40a0ff5272957f3e987e0e54b';
const release = `https://github.com/lz4/lz4/releases/download/v${version}/lz4-${version}.tar.gz`;

/** Folder of the LZ4 sources; the environment variable WEBTRACK_LZ4_DIR names another one. */
export const lz4Dir = resolve(root, process.env.WEBTRACK_LZ4_DIR || `build/lz4-${version}`);

export async function ensureLz4() {
  if (existsSync(join(lz4Dir, 'lib/lz4.c'))) return;
  if (process.env.WEBTRACK_LZ4_DIR) {
    throw new Failure(
      `WEBTRACK_LZ4_DIR is ${lz4Dir}, which has no lib/lz4.c; set it to the folder of LZ4 ${version} sources.`,
    );
  }
  await step(`Downloading the LZ4 ${version} sources`, async () => {
    const work = join(root, 'build/lz4-fetch');
    rmSync(work, { recursive: true, force: true });
    mkdirSync(join(work, 'tree'), { recursive: true });
    try {
      const archive = await download(work);
      await run('lz4-unpack', 'tar', [
        '-xzf',
        archive,
        '-C',
        join(work, 'tree'),
        '--strip-components=1',
      ]);
      renameSync(join(work, 'tree'), lz4Dir);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

/** Downloads the archive, verifies its hash and returns its path. */
async function download(work) {
  const problems = [];
  for (const source of [fromDebian, fromUpstream]) {
    try {
      const archive = await source(work);
      const hash = createHash('sha256').update(readFileSync(archive)).digest('hex');
      if (hash === sha256) return archive;
      problems.push(`${basename(archive)} has SHA-256 ${hash} instead of ${sha256}`);
    } catch (error) {
      problems.push(error.message);
    }
  }
  throw new Failure(
    `The LZ4 ${version} sources could not be downloaded:\n${problems.map((text) => `  - ${text}\n`).join('')}` +
      `Unpack lz4-${version}.tar.gz anywhere and set WEBTRACK_LZ4_DIR to its folder.`,
  );
}

/**
 * `apt-get source` needs deb-src entries, which few machines have. So apt gets a copy of the machine's own list with
 * deb-src entries, and folders of its own: that needs no root and changes nothing on the machine.
 */
async function fromDebian(work) {
  if (!existsSync('/usr/bin/apt-get')) throw new Error('no apt-get on this machine');
  const sources = join(work, 'sources.list.d');
  for (const folder of [sources, join(work, 'lists/partial'), join(work, 'archives/partial')]) {
    mkdirSync(folder, { recursive: true });
  }
  for (const [name, text] of sourceLists()) writeFileSync(join(sources, name), text);
  const settings = [
    `Dir::Etc::sourcelist=/dev/null`,
    `Dir::Etc::sourceparts=${sources}`,
    `Dir::State::Lists=${work}/lists`,
    `Dir::Cache=${work}`,
  ].flatMap((setting) => ['-o', setting]);
  // One broken entry fails the whole update, though the others may be enough: ignore the failure.
  await attempt('lz4-apt-update', 'apt-get', [...settings, 'update']);
  const fetch = ['apt-get', ...settings, 'source', '--download-only', `lz4=${version}-1`];
  await run('lz4-apt-source', 'sh', ['-c', 'cd "$1" && shift && exec "$@"', 'sh', work, ...fetch]);
  return join(work, `lz4_${version}.orig.tar.gz`);
}

/** The machine's Debian entries as deb-src entries: [file name, text] each. */
function* sourceLists() {
  const folder = '/etc/apt/sources.list.d';
  const parts = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  for (const file of ['/etc/apt/sources.list', ...parts].filter((path) => existsSync(path))) {
    const text = readFileSync(file, 'utf8');
    // Only entries with "main": other vendors' archives have no LZ4, and seldom source packages.
    if (file.endsWith('.sources')) {
      const stanzas = text
        .split(/\n\s*\n/)
        .filter((stanza) => /^Components:.*\bmain\b/m.test(stanza));
      yield [basename(file), stanzas.join('\n\n').replace(/^Types:.*$/gm, 'Types: deb-src')];
    } else if (file.endsWith('.list')) {
      const entries = text.split('\n').filter((line) => /^deb\s.*\smain\b/.test(line));
      yield [basename(file), `${entries.join('\n').replace(/^deb\s/gm, 'deb-src ')}\n`];
    }
  }
}

async function fromUpstream(work) {
  const answer = await fetch(release, { signal: AbortSignal.timeout(60_000) }).catch((error) => {
    throw new Error(`${release}: ${error.cause?.message ?? error.message}`);
  });
  if (!answer.ok) throw new Error(`${release}: HTTP status ${answer.status}`);
  const archive = join(work, `lz4-${version}.tar.gz`);
  writeFileSync(archive, Buffer.from(await answer.arrayBuffer()));
  return archive;
}
