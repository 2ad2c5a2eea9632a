// Counts and prints the results of checks and tests: lists of {name, state, detail}.

/** For example "3 passed, 1 failed", and ", 2 skipped" if there are any. */
export function tally(results) {
  const count = (state) => results.filter((result) => result.state === state).length;
  const skipped = count('skipped');
  return `${count('passed')} passed, ${count('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Prints each failure in full; returns the exit code. */
export function printFailures(results) {
  const failures = results.filter(({ state }) => state === 'failed');
  for (const { name, detail } of failures) {
    process.stdout.write(`\n✗ ${name}\n${detail.trimEnd().replace(/^/gm, '    ')}\n`);
  }
  return failures.length > 0 ? 1 : 0;
}
