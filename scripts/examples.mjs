// Builds the examples into build/examples/NAME, each with the dashboard of the demo.
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildApps } from './apps.mjs';
import { inPlaceOf } from './folders.mjs';
import { ensureNginx } from './nginx.mjs';
import { root, step } from './steps.mjs';

const folderOf = (name) => join(root, 'examples', name);

/** The examples: folders of examples/. */
export const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
  .map(({ name }) => name);

/** Folder of a built example, for a server of files. */
export const siteOf = (name) => join(root, 'build/examples', name);

/** Requires dist/ and build/site. */
export async function buildExamples(names) {
  // The others are pages without a build.
  const apps = names.filter((name) => existsSync(join(folderOf(name), 'package.json')));
  if (apps.length > 0) {
    await buildApps(
      apps.map((name) => ({ source: folderOf(name), out: join(folderOf(name), 'dist') })),
    );
  }
  if (names.includes('nginx')) await ensureNginx();
  await step('Putting the examples together', async () => {
    for (const name of names) await inPlaceOf(siteOf(name), (site) => fill(site, name));
  });
}

function fill(site, name) {
  const built = join(folderOf(name), 'dist');
  cpSync(join(root, 'build/site'), site, { recursive: true });
  if (!existsSync(built)) {
    cpSync(folderOf(name), site, { recursive: true });
    return;
  }
  // The collector answers unknown paths with this page: so a route of an application survives a reload.
  cpSync(join(built, 'index.html'), join(site, '404.html'));
  cpSync(built, site, { recursive: true });
}
