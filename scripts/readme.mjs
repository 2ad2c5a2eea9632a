// Puts measured figures into the README, between a pair of comments that name them.
import { readFileSync, writeFileSync } from 'node:fs';
import { Failure, root } from './steps.mjs';

/** Replaces what stands between `<!-- figures:NAME -->` and `<!-- /figures:NAME -->`. */
export function writeFigures(name, markdown, file = `${root}/README.md`) {
  const [begin, end] = [`<!-- figures:${name} -->`, `<!-- /figures:${name} -->`];
  const text = readFileSync(file, 'utf8');
  const [before, ...afterBegin] = text.split(begin);
  const [, ...afterEnd] = afterBegin.join(begin).split(end);
  if (afterBegin.length !== 1 || afterEnd.length !== 1) {
    throw new Failure(`${file} must have the lines ${begin} and ${end}, once and in this order.`);
  }
  writeFileSync(file, `${before}${begin}\n${markdown.trim()}\n${end}${afterEnd[0]}`);
  process.stderr.write(`  ${file}: figures:${name} written\n`);
}
