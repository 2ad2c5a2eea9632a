// Finds files and functions that are too long, lines of comments and documents that are too wide, and containers that
// clients can slow down.
import { readFileSync } from 'node:fs';
import { root } from './steps.mjs';

const MAX_LINES = 400;
const MAX_FUNCTION_LINES = 60;
const MAX_COLUMNS = 120;
/** Part of the comment above a function that may be longer. */
const EXCEPTION = 'noExcessiveLinesPerFunction';

/** `file: N lines` for each file that is too long. */
export function longFiles(paths) {
  return paths.flatMap((path) => {
    const lines = readFileSync(`${root}/${path}`, 'utf8').split('\n').length - 1;
    return lines > MAX_LINES ? [`${path}: ${lines} lines, at most ${MAX_LINES}`] : [];
  });
}

/** `file:line: function of N lines` for each one that is too long. Relies on the formatter's indentation. */
export function longFunctions(paths) {
  return paths.flatMap((path) => {
    const lines = readFileSync(`${root}/${path}`, 'utf8').split('\n');
    return lines.flatMap((line, at) => {
      const [, indentation] = isFunction(line) ? /^(\s*)/.exec(line) : [];
      if (indentation === undefined || isExcepted(lines, at)) return [];
      const length =
        1 + lines.slice(at).findIndex((one) => one.startsWith(`${indentation}}`) && one !== line);
      return length > MAX_FUNCTION_LINES
        ? [`${path}:${at + 1}: function of ${length} lines, at most ${MAX_FUNCTION_LINES}`]
        : [];
    });
  });
}

// The comment stands above the function, whose parameters may take several lines.
const isExcepted = (lines, at) =>
  lines.slice(Math.max(0, at - 6), at).some((line) => line.includes(EXCEPTION));

// Functions that only group tests may be longer.
const isFunction = (line) =>
  /(=>|\)( const)?(: .+)?) \{$/.test(line) &&
  !/^\s*(\} else|if|for|while|switch|(test\.)?describe\b)/.test(line);

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

/** `file:line` for each hash container: a client slows it down by many keys with one hash. `std::map` has no hash. */
export function hashContainers(paths) {
  return paths.flatMap((path) => {
    const lines = readFileSync(`${root}/${path}`, 'utf8').split('\n');
    return lines.flatMap((line, at) => (/\bunordered_/.test(line) ? [`${path}:${at + 1}`] : []));
  });
}
