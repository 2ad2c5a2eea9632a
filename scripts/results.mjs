// Counts and prints the results of checks and tests: lists of {name, state, detail}. Those of tests also have `group`,
// the test's file, and `ms`, the time it took.

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

/** The groups of tests that took the longest, as lines. Tests run in parallel, so the times add up to more. */
export function slowest(results, most = 15) {
  const groups = new Map();
  for (const { group, ms } of results) {
    if (group === undefined) continue;
    const { tests, total } = groups.get(group) ?? { tests: 0, total: 0 };
    groups.set(group, { tests: tests + 1, total: total + ms });
  }
  return [...groups]
    .sort(([, one], [, other]) => other.total - one.total)
    .slice(0, most)
    .map(([group, { tests, total }]) => {
      const seconds = (total / 1000).toFixed(0).padStart(5);
      return `${seconds} s ${String(tests).padStart(4)} tests  ${group}\n`;
    })
    .join('');
}
