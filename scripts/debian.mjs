// Installs Debian packages that are missing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, run, step } from './steps.mjs';

/** Installs those of `packages` that are missing. If none is missing, it needs neither root nor a network. */
export async function installPackages(packages) {
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Failure(
      'Set-up supports only Debian and its derivatives. Install the contents of these Debian packages by hand\n' +
        `and set WEBTRACK_SKIP_PACKAGES=1:\n  ${packages.join(' ')}`,
    );
  }
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;

  if (process.getuid() !== 0 && !existsSync('/usr/bin/sudo')) {
    throw new Failure(
      'System packages are missing. There is no sudo here, so run this as root:\n' +
        `  apt-get update && apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  }
  await step('Reading the package lists', () => apt('apt-update', 'update'));
  await step(`Installing system packages: ${missing.join(' ')}`, () =>
    apt('apt-install', 'install', '-y', '--no-install-recommends', ...missing),
  );
}

function apt(log, ...args) {
  // Wait for another apt to finish: a machine that has just started often runs one.
  const command = [
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-o',
    'DPkg::Lock::Timeout=300',
  ];
  const [program, ...rest] = [...(process.getuid() === 0 ? [] : ['sudo']), ...command, ...args];
  return run(log, program, rest);
}

/** Unpacks a package into `folder`: nothing is installed, and no service starts. */
export async function unpackPackage(name, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const inFolder = ['-c', 'cd "$1" && apt-get download "$2"', 'sh', folder, name];
  const download = () => run('apt-download', 'sh', inFolder);
  // The package lists may be old, or there are none.
  await download().catch(async () => {
    await apt('apt-update', 'update');
    await download();
  });
  const [archive] = readdirSync(folder).filter((file) => file.endsWith('.deb'));
  await run('dpkg-unpack', 'dpkg', ['-x', join(folder, archive), folder]);
}

function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['--status', name], { encoding: 'utf8' });
  return stdout.includes('\nStatus: install ok installed\n');
}
