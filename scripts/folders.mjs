// Folders that a build makes.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './steps.mjs';

/** Lets `work` fill a new folder, then replaces `folder` with it: a failed build keeps the last good one. */
export async function inPlaceOf(folder, work) {
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  await work(fresh);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

/** Folders within a project that its tools make. */
const MADE = ['node_modules', 'dist', '.next'];

/** SHA-256 of names and contents of `paths`: files, and folders with all that they contain but what tools make. */
export function hashOf(...paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (statSync(path).isDirectory()) {
      const names = readdirSync(path).filter((name) => !MADE.includes(name));
      for (const name of names.sort()) add(join(path, name));
    } else {
      hash.update(`${relative(root, path)}\0`).update(readFileSync(path));
    }
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}
