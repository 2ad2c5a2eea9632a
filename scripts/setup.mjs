// Installs what this machine lacks to build, test or measure the project; leaves everything else as it is.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, options, script } from './command_line.mjs';
import { installPackages } from './debian.mjs';
import { ensureLz4 } from './lz4.mjs';
import { Failure, root, run, step } from './steps.mjs';

const buildPackages = [
  'g++',
  'cmake',
  'ninja-build',
  'emscripten',
  'libcpp-httplib-dev',
  'nlohmann-json3-dev',
  'liblz4-dev',
  'zlib1g-dev',
  'libsqlite3-dev',
  'pkg-config',
];

/** Debian packages that each profile needs. */
const systemPackages = {
  build: buildPackages,
  test: [
    ...buildPackages,
    'libgtest-dev',
    'clang-format',
    'clang-tidy',
    'chromium',
    'chromium-headless-shell',
    'firefox-esr',
    'curl',
    'openssl',
    'sqlite3',
  ],
  bench: [...buildPackages, 'chromium'],
  load: [...buildPackages, 'wrk'],
  browsers: [...buildPackages, 'chromium', 'firefox-esr', 'webkit2gtk-driver', 'xauth', 'xvfb'],
  fuzz: [...buildPackages, 'clang', 'libclang-rt-14-dev'],
};

/** Installs what `profile` needs: a name in `systemPackages`. */
export async function ensure(profile) {
  const [major] = process.versions.node.split('.');
  if (Number(major) < 20)
    throw new Failure(`Node 20 or newer is needed; this is ${process.version}.`);
  if (!process.env.WEBTRACK_SKIP_PACKAGES) await installPackages(systemPackages[profile]);
  await ensureLz4();
  await ensureNodeModules();
}

/** Runs `npm ci` in `folder`, unless its node_modules already matches the lock file. */
export async function ensureNodeModules(folder = root, title = 'Installing the npm packages') {
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  const stamp = join(folder, 'node_modules/.lock-sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  await step(title, async () => {
    // No install scripts: nothing here needs one, and Playwright must not download browsers.
    const args = ['ci', '--prefix', folder, '--ignore-scripts', '--loglevel=http'];
    const install = () => run('npm-ci', 'npm', args, { timeout: 240_000 });
    await install().catch(install); // a download that stalled usually succeeds at the second try
  });
  writeFileSync(stamp, lock);
}

if (isMain(import.meta.url)) {
  await script(async () => {
    const { for: profile } = options(
      `Usage: node scripts/setup.mjs [--for ${Object.keys(systemPackages).join('|')}]

Installs the system packages, LZ4 sources and npm packages that are missing (default: build).
  WEBTRACK_LZ4_DIR=DIR      use the LZ4 1.9.4 sources in DIR instead of downloading them
  WEBTRACK_SKIP_PACKAGES=1  install no system packages`,
      { for: { type: 'string', default: 'build' } },
    );
    if (!(profile in systemPackages))
      throw new Failure(
        `--for must be one of ${Object.keys(systemPackages).join(', ')}, not ${profile}.`,
      );
    await ensure(profile);
    process.stderr.write(`Ready to ${profile}.\n`);
  });
}
