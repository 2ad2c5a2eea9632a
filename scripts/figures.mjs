// Writes measured figures into a document, between two comments that name the block.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Failure, root } from './steps.mjs';

/** Replaces the text between `<!-- figures:NAME -->` and `<!-- /figures:NAME -->` in README.md or a file of docs/. */
export function writeFigures(name, markdown) {
  const [begin, end] = [`<!-- figures:${name} -->`, `<!-- /figures:${name} -->`];
  const found = documents().filter((file) => readFileSync(file, 'utf8').includes(begin));
  if (found.length !== 1) {
    throw new Failure(
      `Exactly one document must have ${begin}, but ${found.length} have it: ${found.join(', ')}`,
    );
  }
  const [file] = found;
  const text = readFileSync(file, 'utf8');
  const [before, ...afterBegin] = text.split(begin);
  const [, ...afterEnd] = afterBegin.join(begin).split(end);
  if (afterBegin.length !== 1 || afterEnd.length !== 1) {
    throw new Failure(`${file} must have the lines ${begin} and ${end} once each, in this order.`);
  }
  writeFileSync(file, `${before}${begin}\n${markdown.trim()}\n${end}${afterEnd[0]}`);
  process.stderr.write(`  ${file}: figures:${name} written\n`);
}

function documents() {
  const names = readdirSync(`${root}/docs`).filter((name) => name.endsWith('.md'));
  return [`${root}/README.md`, ...names.map((name) => `${root}/docs/${name}`)];
}
