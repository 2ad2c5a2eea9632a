// Finds files that are too long, and lines of comments and documents that are too wide.
import { readFileSync } from 'node:fs';
import { root } from './steps.mjs';

const MAX_LINES = 400;
const MAX_COLUMNS = 120;

/** `file: N lines` for each file that is too long. */
export function longFiles(paths) {
  return paths.flatMap((path) => {
    const lines = readFileSync(`${root}/${path}`, 'utf8').split('\n').length - 1;
    return lines > MAX_LINES ? [`${path}: ${lines} lines, at most ${MAX_LINES}`] : [];
  });
}

/** `file:line: N columns` for each line that is too wide. Ignores tables, code, generated blocks and single words. */
export function wideLines(paths) {
  return paths.flatMap((path) => {
    const lines = readFileSync(`${root}/${path}`, 'utf8').split('\n');
    const isProse = path.endsWith('.md') ? proseOfMarkdown() : isComment;
    return lines.flatMap((line, at) =>
      isProse(line) && line.length > MAX_COLUMNS && line.trim().split(/\s+/).length > 2
        ? [`${path}:${at + 1}: ${line.length} columns, at most ${MAX_COLUMNS}`]
        : [],
    );
  });
}

const isComment = (line) => /^\s*(\/\/|\/\*|\*)/.test(line);

function proseOfMarkdown() {
  let isCode = false;
  let isGenerated = false;
  return (line) => {
    if (line.startsWith('```')) isCode = !isCode;
    const [, end] = /^<!-- (\/?)(figures:|types:|events)/.exec(line) ?? [];
    if (end !== undefined) isGenerated = end === '';
    return !isCode && !isGenerated && !line.startsWith('|') && !line.startsWith('```');
  };
}
