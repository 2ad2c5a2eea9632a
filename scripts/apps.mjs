// Builds the sample applications in tests/apps into build/apps for the browser tests. Each uses its own build tool and
// the packed npm package, as a real project would.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureNodeModules } from './setup.mjs';
import { root, run, step } from './steps.mjs';

const folder = join(root, 'tests/apps');
const outdir = join(root, 'build/apps');

/** Requires dist/. */
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
 * Unpacks the package into tests/apps/node_modules, where all apps find it. As a dependency it would be in their lock
 * files, with a hash that changes with each build.
 */
async function pack() {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const unpacked = join(folder, 'node_modules', name);
  mkdirSync(outdir, { recursive: true });
  // --ignore-scripts: prepack would rebuild dist/.
  await run('pack', 'npm', ['pack', '--ignore-scripts', '--pack-destination', outdir]);
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  const tarball = join(outdir, `${name}-${version}.tgz`);
  await run('unpack', 'tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
}
