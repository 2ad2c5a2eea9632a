// Installs the missing ones of a list of Debian packages.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Failure, run, step } from './steps.mjs';

/** Installs those of `packages` that are missing; when none is, it asks for no rights and no network. */
export async function installPackages(packages) {
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Failure(
      'Set-up knows Debian and its descendants only. Install what these Debian packages hold by hand\n' +
        `and set WEBTRACK_SKIP_PACKAGES=1:\n  ${packages.join(' ')}`,
    );
  }
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;

  const isRoot = process.getuid() === 0;
  if (!isRoot && !existsSync('/usr/bin/sudo')) {
    throw new Failure(
      'System packages are missing, and only root can install them (there is no sudo here):\n' +
        `  apt-get update && apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  }
  const apt = (log, ...args) => {
    // Another apt may be at work: on a machine just started often the system's own.
    const command = [
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-o',
      'DPkg::Lock::Timeout=300',
    ];
    const [program, ...rest] = [...(isRoot ? [] : ['sudo']), ...command, ...args];
    return run(log, program, rest);
  };
  await step('Reading the package lists', () => apt('apt-update', 'update'));
  await step(`Installing system packages: ${missing.join(' ')}`, () =>
    apt('apt-install', 'install', '-y', '--no-install-recommends', ...missing),
  );
}

function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['--status', name], { encoding: 'utf8' });
  return stdout.includes('\nStatus: install ok installed\n');
}
