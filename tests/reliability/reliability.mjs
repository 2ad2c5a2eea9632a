// Loads and attacks the collector, and prints what it stores, answers and uses.
import { build } from '../../scripts/build.mjs';
import { importTests } from '../../scripts/bundles.mjs';
import { options, script } from '../../scripts/command_line.mjs';
import { writeFigures } from '../../scripts/figures.mjs';
import { ensure } from '../../scripts/setup.mjs';
import { step } from '../../scripts/steps.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';

const help = `Usage: npm run reliability [-- --write]

Measures the collector, in about three minutes: how much it stores a second (with wrk), what is stored after it is
killed under load, how long an honest client waits while 5,000 slow connections are open, and what it answers to
attacks. Exits with 1 if an acknowledged log is lost, or if an honest client is refused or waits for more than 100 ms at
the median.
  --write  write the tables into docs/reliability.md`;

const MOST_WAIT_MS = 100;

const memory = ({ memoryBefore, memoryAfter }) => `${memoryBefore} → ${memoryAfter}`;

await script(async () => {
  const { write } = options(help, { write: { type: 'boolean', default: false } });
  await ensure('load');
  await build({ native: true });
  const reliability = await importTests('reliability');
  const load = await step('Storing under load', reliability.load);
  const kills = await step('Killing it under load', reliability.killUnderLoad);
  const slow = await step('5,000 slow connections', reliability.slowAttacks);
  const attacks = await step('Attacks', reliability.attacks);

  const tables = tablesOf(load, kills, slow, attacks);
  for (const [name, { heads, rows }] of Object.entries(tables)) {
    process.stdout.write(`\n${textTable(heads, rows)}`);
    if (write) writeFigures(`reliability-${name}`, markdownTable(heads, rows));
  }
  const isHeld = ({ median, refused }) => median <= MOST_WAIT_MS && refused === 0;
  const isHealthy = attacks.every((row) => row.isHealthy);
  return kills.lost === 0 && slow.every(isHeld) && isHealthy ? 0 : 1;
});

function tablesOf(load, kills, slow, attacks) {
  return {
    load: {
      heads: ['connections', 'requests/s', 'logs/s', 'median', '99 %', 'memory, MiB'],
      rows: [
        [
          load.connections,
          load.requestsPerSecond,
          load.logsPerSecond,
          load.median,
          load.p99,
          memory(load),
        ],
      ],
    },
    kills: {
      heads: ['SIGKILLs under load', 'acknowledged logs', 'lost'],
      rows: [[kills.kills, kills.acknowledged, kills.lost]],
    },
    slow: {
      heads: [
        'attack',
        'connections',
        'closed in 15 s',
        'honest client: median, ms',
        'most, ms',
        'refused',
        'threads',
        'memory, MiB',
      ],
      rows: slow.map((row) => [
        row.title,
        row.connections,
        row.closed,
        row.median,
        row.most,
        `${row.refused} of ${row.honest}`,
        row.threads,
        memory(row),
      ]),
    },
    attacks: {
      heads: ['attack', 'answer', 'ms', 'memory, MiB'],
      rows: attacks.map((row) => [
        row.title,
        row.isHealthy ? row.answer : `${row.answer}; then an honest client was refused`,
        row.milliseconds,
        memory(row),
      ]),
    },
  };
}
