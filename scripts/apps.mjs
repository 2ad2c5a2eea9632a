// Builds the sample applications of the browser tests, tests/apps, into build/apps: each by its own tool, as somebody
// else's project would, from what npm ships.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureNodeModules } from './setup.mjs';
import { root, run, step } from './steps.mjs';

const folder = join(root, 'tests/apps');
const outdir = join(root, 'build/apps');

/** From dist/, which must be there. */
export async function buildApps() {
  await step('Packing dist/ for the sample apps', pack);
  const apps = readdirSync(folder).filter((name) => name !== 'node_modules');
  for (const app of apps) {
    await ensureNodeModules(join(folder, app), `Installing the npm packages of the ${app} app`);
    await step(`Building the ${app} app`, async () => {
      rmSync(join(outdir, app), { recursive: true, force: true });
      await run(`app-${app}`, 'npm', ['run', '--prefix', join(folder, app), 'build']);
    });
  }
}

/**
 * Puts the package where all of them find it, one folder above their own packages: as a dependency it would be
 * in their lock files, with a hash that each build changes.
 */
async function pack() {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const unpacked = join(folder, 'node_modules', name);
  mkdirSync(outdir, { recursive: true });
  // Without scripts: prepack would build dist/ once more.
  await run('pack', 'npm', ['pack', '--ignore-scripts', '--pack-destination', outdir]);
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  const tarball = join(outdir, `${name}-${version}.tgz`);
  await run('unpack', 'tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
}
