// The demo shop with and without tracking, each as a site that a collector of its own serves.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle, collector } from '../../scripts/build.mjs';
import { Failure, root } from '../../scripts/steps.mjs';

/** What stands in for the library's modules, by their names. */
const NO_TRACKER = 'export const createTracker = () => ({ track() {}, register() {} });';
const NO_CAPTURE = 'export const autocapture = () => [];';
// As much as a shop without plug-ins would do: else the cost of delivering anything at all were theirs.
const BY_HAND = `export const autocapture = () => [{
  name: 'by_hand',
  start(sink) {
    const { href } = location;
    setTimeout(() => sink.track({ event: 'page_view', page_url: href, page_title: document.title }), 300);
    return () => {};
  },
}];`;
const FORCING = `export const autocapture = () => [{
  name: 'forcing',
  start() {
    document.body.append('.');
    document.body.offsetHeight;
    return () => {};
  },
}];`;

/** `inside` is put into the shop's script in place of a module, `beside` replaces its file. */
export const variants = [
  {
    id: 'none',
    title: 'no tracking',
    inside: { webtrack: NO_TRACKER, capture: NO_CAPTURE },
  },
  { id: 'tracker', title: 'a tracker, page_view by hand', inside: { capture: BY_HAND } },
  { id: 'capture', title: 'a tracker with autocapture()' },
];

/** Lays out the page from a file of the library's, which has to be seen. */
export const forcing = { id: 'forcing', beside: { capture: FORCING } };

/** Builds the variant out of build/site, and serves it: resolves to its address and what ends it. */
export async function openShop({ id, inside = {}, beside = {} }) {
  const folder = join(root, 'build/cost', id);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const site = join(folder, 'site');
  cpSync(join(root, 'build/site'), site, { recursive: true });
  await bundle({
    entryPoints: ['demo/site/shop.ts'],
    outfile: join(site, 'shop.js'),
    format: 'esm',
    plugins: [standIns(inside)],
  });
  for (const [name, text] of Object.entries(beside)) {
    writeFileSync(join(site, 'webtrack', `${name}.js`), text);
  }
  const args = ['--port', '0', '--db', join(folder, 'track.db'), '--site', site, '--quiet'];
  const child = spawn(collector, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(() => {
    throw new Failure(`${collector} has ended`);
  });
  ended.catch(() => {}); // when it is told to
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended,
  ]);
  return { id, url: JSON.parse(line).url, close: () => child.kill() };
}

/** The library by its address, as in the demo's own build, but for what stands in for it. */
function standIns(modules) {
  return {
    name: 'stand-ins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\/webtrack\// }, ({ path }) => {
        const [, name] = path.match(/(\w+)\.js$/);
        return name in modules ? { path: name, namespace: 'stand-in' } : { path, external: true };
      });
      onLoad({ filter: /$/, namespace: 'stand-in' }, ({ path }) => ({ contents: modules[path] }));
    },
  };
}
