// Builds applications that have a build tool of their own, from the packed npm package, as a real project would: those
// in tests/apps, and examples.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hashOf } from './folders.mjs';
import { ensureNodeModules } from './setup.mjs';
import { root, run, step } from './steps.mjs';

/** The sample applications of the browser tests. Their tools write to build/apps. */
export const sampleApps = readdirSync(join(root, 'tests/apps'))
  .filter((name) => name !== 'node_modules')
  .map((name) => ({ source: join(root, 'tests/apps', name), out: join(root, 'build/apps', name) }));

/**
 * Builds each application from the folder `source`; its tool writes to the folder `out`. Requires dist/.
 * @param {{ source: string, out: string }[]} apps
 */
export async function buildApps(apps) {
  await step('Packing dist/ for the applications', () =>
    pack(new Set(apps.map(({ source }) => dirname(source)))),
  );
  for (const { source, out } of apps) {
    const name = basename(source);
    await ensureNodeModules(source, `Installing the npm packages of ${name}`);
    const stamp = join(out, '.sources-sha256');
    const hash = hashOf(source, join(root, 'dist'), join(root, 'package.json'));
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) continue;
    await step(`Building ${name}`, async () => {
      rmSync(out, { recursive: true, force: true });
      const env = { NEXT_TELEMETRY_DISABLED: '1' };
      await run(`app-${name}`, 'npm', ['run', '--prefix', source, 'build'], { env });
    });
    writeFileSync(stamp, hash);
  }
}

/**
 * Unpacks the package into node_modules of `folders`, where all applications below find it. As a dependency it would
 * be in their lock files, with a hash that changes with each build.
 */
async function pack(folders) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const packed = join(root, 'build/apps');
  mkdirSync(packed, { recursive: true });
  // --ignore-scripts: prepack would rebuild dist/.
  await run('pack', 'npm', ['pack', '--ignore-scripts', '--pack-destination', packed]);
  const tarball = join(packed, `${name}-${version}.tgz`);
  for (const folder of folders) {
    const unpacked = join(folder, 'node_modules', name);
    rmSync(unpacked, { recursive: true, force: true });
    mkdirSync(unpacked, { recursive: true });
    await run('unpack', 'tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
  }
}
