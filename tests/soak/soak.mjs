// Runs pages for many minutes and checks that nothing grows and nothing is lost.
import { writeFileSync } from 'node:fs';
import { build } from '../../scripts/build.mjs';
import { importTests } from '../../scripts/bundles.mjs';
import { options, script, wholeNumber } from '../../scripts/command_line.mjs';
import { writeFigures } from '../../scripts/figures.mjs';
import { ensure } from '../../scripts/setup.mjs';
import { root } from '../../scripts/steps.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';

const PLOT = 'docs/soak.svg';

const help = `Usage: npm run soak [-- --minutes N --write]

Runs three pages in Chromium: one sends 50 events a second while the endpoint fails in many ways; one makes and ends
1,000 trackers with the engine in the worker, one with the engine in the page. Reads heaps, module memory, listeners,
storage and open files all the time. Exits with 1 if one of them grows or an event is lost.
  --minutes N  how long the page with faults runs, 1 to 1440 (default 20); the others take about three minutes each
  --write      write the table into docs/reliability.md and the plot into ${PLOT}`;

await script(async () => {
  const chosen = options(help, {
    minutes: { type: 'string', default: '20' },
    write: { type: 'boolean', default: false },
  });
  const minutes = wholeNumber('minutes', chosen.minutes, 1, 1_440, help);
  await ensure('test');
  await build({ js: true, native: true });
  const soak = await importTests('soak');
  const settings = {
    duration: minutes * 60_000,
    onSample(title, { at, pageHeap, workerHeap = 0, files }) {
      const heaps = [pageHeap, workerHeap].map((bytes) => `${Math.round(bytes / 1024)} KiB`);
      process.stderr.write(`  ${title}, ${at} s: heaps ${heaps.join(' and ')}, ${files} files\n`);
    },
  };
  const runs = [
    await soak.soakEvents(settings),
    await soak.soakTrackers(settings),
    await soak.soakTrackers(settings, false),
  ];

  const heads = ['run', 'gauge', 'second quarter', 'last quarter', 'most'];
  const grown = [];
  const rows = [];
  for (const { title, samples, tracked, lost } of runs) {
    for (const { title: gauge, early, late, most, hasGrown } of soak.growthOf(samples)) {
      rows.push([title, gauge, early, late, most]);
      if (hasGrown) grown.push(`${title}: ${gauge} grew from ${early} to ${late}`);
    }
    if (lost > 0) grown.push(`${title}: ${lost} of ${tracked} events are lost`);
    rows.push([title, 'events tracked, lost', tracked, lost, '']);
  }
  process.stdout.write(`\n${textTable(heads, rows)}\n`);
  for (const problem of grown) process.stdout.write(`FAILED: ${problem}\n`);
  if (chosen.write) {
    writeFigures('soak', markdownTable(heads, rows));
    writeFileSync(`${root}/${PLOT}`, soak.plotOf(runs));
  }
  return grown.length > 0 ? 1 : 0;
});
