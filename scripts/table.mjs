// Tables of figures: names in the first column, the other columns right-aligned.

/** A table for the terminal. */
export function textTable(heads, rows) {
  const all = [heads, ...texts(rows)];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return `${all.map((row) => line(row).trimEnd()).join('\n')}\n`;
}

export function markdownTable(heads, rows) {
  const rule = heads.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[heads, rule, ...texts(rows)].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
}

const texts = (rows) => rows.map((row) => row.map((cell) => cell?.toLocaleString('en') ?? ''));
