// Runs real pages against the real collector with a fault proxy between them, and counts what got lost.
import { resolve } from 'node:path';
import { build, importTests } from '../../scripts/build.mjs';
import { options, script, wholeNumber } from '../../scripts/command-line.mjs';
import { writeFigures } from '../../scripts/readme.mjs';
import { ensure } from '../../scripts/setup.mjs';
import { Failure, step } from '../../scripts/steps.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';

const help = `Usage: npm run chaos [-- --fault NAME … --host NAME … --exit NAME … --events N --seed S --long
                        --regressions --browser NAME --deadline N --dist DIR --trace --json --write --list]

Sends events of pages in a browser through a proxy that injects faults, while pages are left, closed and
killed; then ends the fault, opens one more page and waits until all is delivered. Prints a line for each
fault, and exits with 1 when an event is lost that the library had a second to save before a kill, when one is
stored twice although an answer reached its sender, or when a reader cannot tell that it is stored twice. What a
page sends as it goes and nobody hears fail is lost by the option exit: 'once'; it is counted by itself.
  --fault NAME   one of those that --list prints; repeatable (default: all)
  --host NAME    where the library's engine runs: worker, or page; repeatable (default: both; in Firefox page)
  --exit NAME    the tracker's option: once, or certain; repeatable (default: both)
  --events N     events of each fault, 1 to 100000 (default 150)
  --seed S       a whole number; the same one makes the same plan (default: by the clock)
  --long         thirty times the events, more than 100,000 over all faults
  --regressions  what once failed, with its events and seed, in place of all faults
  --browser NAME chromium, the default, or firefox
  --deadline N   seconds for what is kept to arrive once a fault is over (default 60)
  --dist DIR     a built library, in place of building dist/
  --trace        print each step and each request, with the milliseconds since the start
  --json         print the figures as JSON
  --write        put the table into README.md; for all faults, hosts and exits in Chromium
  --list         print the faults`;

await script(async () => {
  const chosen = options(help, {
    fault: { type: 'string', multiple: true },
    host: { type: 'string', multiple: true },
    exit: { type: 'string', multiple: true },
    events: { type: 'string', default: '150' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    long: { type: 'boolean', default: false },
    regressions: { type: 'boolean', default: false },
    browser: { type: 'string', default: 'chromium' },
    deadline: { type: 'string', default: '60' },
    dist: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  });
  const events = wholeNumber('events', chosen.events, 1, 100_000, help) * (chosen.long ? 30 : 1);
  const seed = wholeNumber('seed', chosen.seed, 0, Number.MAX_SAFE_INTEGER, help);
  const { browser } = chosen;
  const isPart = chosen.fault || chosen.host || chosen.exit || chosen.regressions;
  if (chosen.write && (isPart || browser !== 'chromium')) {
    throw new Failure('--write is for all faults, hosts and exits in Chromium.');
  }
  const deadline = wholeNumber('deadline', chosen.deadline, 1, 3_600, help) * 1_000;

  if (!chosen.list) {
    await ensure('test');
    if (chosen.dist === undefined) await build({ native: true, js: true });
  }
  const chaos = await importTests('chaos');
  if (chosen.list) {
    process.stdout.write(
      chaos.scenarios.map(({ name, what }) => `${name.padEnd(21)}${what}\n`).join(''),
    );
    return 0;
  }

  if (!Object.hasOwn(chaos.browsers, browser)) {
    throw new Failure(`--browser is one of ${Object.keys(chaos.browsers).join(', ')}.\n\n${help}`);
  }
  const canHost = browser === 'firefox' ? ['page'] : chaos.hosts;
  const hosts = among('host', chosen.host, canHost);
  const exits = among('exit', chosen.exit, ['once', 'certain']);
  const names = chosen.fault ?? chaos.scenarios.map(({ name }) => name);
  const faults = chosen.regressions
    ? chaos.regressions
    : names.map((fault) => ({ fault, events, seed }));
  const runs = faults.flatMap((run) =>
    hosts
      .filter((host) => chaos.runsIn(host, known(chaos, run.fault)))
      .flatMap((host) => exits.map((exit) => ({ ...run, host, exit }))),
  );
  const settings = {
    browser,
    deadline,
    ...(chosen.dist && { dist: resolve(chosen.dist) }),
    ...(chosen.trace && { trace }),
  };
  const { lacks } = chaos.browsers[browser];
  if (lacks) process.stdout.write(`${browser}: ${lacks}\n`);
  const outcomes = [];
  const broken = [];
  for (const run of runs) {
    const name = chaos.nameOf({ ...run, scenario: run.fault });
    const work = () => chaos.runScenario({ ...settings, ...run });
    const brief = ({ failures }) => `${failures.join(', ') || 'well'}, `;
    try {
      outcomes.push(await step(name, work, brief));
    } catch (error) {
      // A scenario that could not be carried out says nothing of the library, but is no success.
      broken.push(`${name} did not come to its end: ${error.stack}\n`);
    }
  }
  if (chosen.json) {
    process.stdout.write(`${JSON.stringify({ runs, outcomes }, undefined, 2)}\n`);
  } else {
    const notes = outcomes.flatMap(chaos.notesOf).map((note) => `${note}\n`);
    process.stdout.write(
      `\n${textTable(chaos.heads, chaos.rowsOf(outcomes))}\n${notes.join('')}\n`,
    );
    process.stdout.write(
      `${chosen.regressions ? '' : `seed ${seed}\n`}${broken.join('')}${chaos.verdictOf(outcomes, broken.length)}`,
    );
  }
  if (chosen.write && broken.length === 0) {
    const { heads, rows } = chaos.shortTable(outcomes);
    const command = `npm run chaos -- --events ${events} --seed ${seed}`;
    writeFigures('chaos', `${markdownTable(heads, rows)}\n\nMeasured by \`${command}\`.`);
  }
  const well = outcomes.every(({ failures }) => failures.length === 0);
  return well && broken.length === 0 ? 0 : 1;
});

function trace(line) {
  process.stderr.write(`${performance.now().toFixed(0).padStart(8)} ${line}\n`);
}

/** The chosen names, all of which must be there, or by default all. */
function among(option, names, all) {
  for (const name of names ?? []) {
    if (!all.includes(name))
      throw new Failure(`--${option} is one of ${all.join(', ')}.\n\n${help}`);
  }
  return names ?? all;
}

function known(chaos, name) {
  try {
    return chaos.scenarioOf(name);
  } catch (error) {
    throw new Failure(error.message);
  }
}
