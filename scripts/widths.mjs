// Lines of comments and documents that are too wide to read.
import { readFileSync } from 'node:fs';
import { root } from './steps.mjs';

/** Columns. */
const MOST = 120;

/** `file:line: N columns`, for each such line of these files. Tables, code and single long words are left alone. */
export function wideLines(paths) {
  return paths.flatMap((path) => {
    const lines = readFileSync(`${root}/${path}`, 'utf8').split('\n');
    const isProse = path.endsWith('.md') ? proseOfMarkdown() : isComment;
    return lines.flatMap((line, at) =>
      isProse(line) && line.length > MOST && line.trim().split(/\s+/).length > 2
        ? [`${path}:${at + 1}: ${line.length} columns, at most ${MOST}`]
        : [],
    );
  });
}

const isComment = (line) => /^\s*(\/\/|\/\*|\*)/.test(line);

function proseOfMarkdown() {
  let isCode = false;
  return (line) => {
    if (line.startsWith('```')) isCode = !isCode;
    return !isCode && !line.startsWith('|') && !line.startsWith('```');
  };
}
