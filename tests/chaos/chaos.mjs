// Runs real pages against the real collector with a fault proxy between them, and counts lost and repeated events.
import { resolve } from 'node:path';
import { build } from '../../scripts/build.mjs';
import { importTests } from '../../scripts/bundles.mjs';
import { options, script, wholeNumber } from '../../scripts/command_line.mjs';
import { writeFigures } from '../../scripts/figures.mjs';
import { ensure } from '../../scripts/setup.mjs';
import { Failure, step } from '../../scripts/steps.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';

const help = `Usage: npm run chaos [-- --fault NAME … --host NAME … --exit NAME … --events N --seed S --long
                        --regressions --browser NAME --deadline N --jobs N --dist DIR --trace --json --write --list]

Sends events from pages in a browser through a proxy that injects faults, while pages are left, closed and killed.
Then ends the fault, opens one more page and waits until everything is delivered. Prints a line for each fault. Exits
with 1 if
- an event is lost that the library had at least a second to save before a kill,
- an event is stored twice although the answer to the first request reached its sender, or
- an event is stored twice in a way that a reader of the store cannot recognize.
With exit: 'once' the library loses events whose request leaves with the page and then fails unnoticed. They are
counted separately.
  --fault NAME   a fault that --list prints; repeatable (default: all)
  --host NAME    where the library's engine runs: worker or page; repeatable (default: both; in Firefox page)
  --exit NAME    the option exit: once or certain; repeatable (default: both)
  --events N     events for each fault, 1 to 100000 (default 150)
  --seed S       a whole number; the same seed makes the same plan (default: from the clock)
  --long         30 times the events: more than 100,000 over all faults
  --regressions  instead of all faults, run what once failed, with its events and seed
  --browser NAME chromium or firefox (default chromium)
  --deadline N   seconds for the kept events to arrive after the fault has ended (default 60)
  --jobs N       runs at a time, 1 to 8 (default 1)
  --dist DIR     test the built library in DIR instead of building dist/
  --trace        print each step and each request with the milliseconds since the start
  --json         print the figures as JSON
  --write        write the table into docs/benchmarks.md; needs all faults, hosts and exits in Chromium
  --list         print the faults`;

const definition = {
  fault: { type: 'string', multiple: true },
  host: { type: 'string', multiple: true },
  exit: { type: 'string', multiple: true },
  events: { type: 'string', default: '150' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  long: { type: 'boolean', default: false },
  regressions: { type: 'boolean', default: false },
  browser: { type: 'string', default: 'chromium' },
  deadline: { type: 'string', default: '60' },
  jobs: { type: 'string', default: '1' },
  dist: { type: 'string' },
  trace: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
};

await script(async () => {
  const chosen = options(help, definition);
  const settings = settingsOf(chosen);
  const jobs = wholeNumber('jobs', chosen.jobs, 1, 8, help);
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

  const runs = runsOf(chaos, chosen, settings);
  const { lacks } = chaos.browsers[settings.browser];
  if (lacks) process.stdout.write(`${settings.browser}: ${lacks}\n`);
  const { outcomes, broken } = await runAll(chaos, runs, settings, jobs);
  if (chosen.json) {
    process.stdout.write(`${JSON.stringify({ runs, outcomes }, undefined, 2)}\n`);
  } else {
    print(chaos, outcomes, broken, chosen.regressions ? undefined : settings.seed);
  }
  if (chosen.write && broken.length === 0) write(chaos, outcomes, settings);
  const well = outcomes.every(({ failures }) => failures.length === 0);
  return well && broken.length === 0 ? 0 : 1;
});

/** What all runs share; throws if a chosen value is wrong. */
function settingsOf(chosen) {
  const events = wholeNumber('events', chosen.events, 1, 100_000, help) * (chosen.long ? 30 : 1);
  const seed = wholeNumber('seed', chosen.seed, 0, Number.MAX_SAFE_INTEGER, help);
  const { browser } = chosen;
  const isPart = chosen.fault || chosen.host || chosen.exit || chosen.regressions;
  if (chosen.write && (isPart || browser !== 'chromium')) {
    throw new Failure('--write needs all faults, hosts and exits in Chromium.');
  }
  return {
    events,
    seed,
    browser,
    deadline: wholeNumber('deadline', chosen.deadline, 1, 3_600, help) * 1_000,
    ...(chosen.dist && { dist: resolve(chosen.dist) }),
    ...(chosen.trace && { trace }),
  };
}

/** The chosen faults, each in every chosen host and with every chosen exit. */
function runsOf(chaos, chosen, { events, seed, browser }) {
  if (!Object.hasOwn(chaos.browsers, browser)) {
    throw new Failure(
      `--browser must be one of ${Object.keys(chaos.browsers).join(', ')}.\n\n${help}`,
    );
  }
  const canHost = browser === 'firefox' ? ['page'] : chaos.hosts;
  const hosts = among('host', chosen.host, canHost);
  const exits = among('exit', chosen.exit, ['once', 'certain']);
  const names = chosen.fault ?? chaos.scenarios.map(({ name }) => name);
  const faults = chosen.regressions
    ? chaos.regressions
    : names.map((fault) => ({ fault, events, seed }));
  return faults.flatMap((run) =>
    hosts
      .filter((host) => chaos.runsIn(host, known(chaos, run.fault)))
      .flatMap((host) => exits.map((exit) => ({ ...run, host, exit }))),
  );
}

/** Makes `jobs` runs at a time. `broken`: a text for each run that broke off. */
async function runAll(chaos, runs, settings, jobs) {
  const finished = [];
  const broken = [];
  const waiting = runs.entries();
  const runWaiting = async () => {
    for (const [at, run] of waiting) {
      const name = chaos.nameOf({ ...run, scenario: run.fault });
      const work = () => chaos.runScenario({ ...settings, ...run });
      const brief = ({ failures }) => `${failures.join(', ') || 'passed'}, `;
      try {
        finished[at] = await (jobs === 1 ? step : quietStep)(name, work, brief);
      } catch (error) {
        // A scenario that breaks off says nothing about the library, but still fails the run.
        broken.push(`${name} broke off: ${error.stack}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, runWaiting));
  return { outcomes: finished.filter(Boolean), broken };
}

/** Prints the table, notes and verdict. `seed` is undefined if each run has its own. */
function print(chaos, outcomes, broken, seed) {
  const notes = outcomes.flatMap(chaos.notesOf).map((note) => `${note}\n`);
  process.stdout.write(`\n${textTable(chaos.heads, chaos.rowsOf(outcomes))}\n${notes.join('')}\n`);
  process.stdout.write(
    `${seed === undefined ? '' : `seed ${seed}\n`}${broken.join('')}${chaos.verdictOf(outcomes, broken.length)}`,
  );
}

function write(chaos, outcomes, { events, seed }) {
  const { heads, rows } = chaos.shortTable(outcomes);
  const settings = `${events} events for each fault, host and \`exit\`; seed ${seed}.`;
  writeFigures('chaos', `${markdownTable(heads, rows)}\n\n${settings}`);
}

// Prints its line at the end, so that lines of several runs do not mix.
async function quietStep(title, work, outcome) {
  const since = performance.now();
  const result = await work();
  const seconds = ((performance.now() - since) / 1_000).toFixed(1);
  process.stderr.write(`  ${title} … ${outcome(result)}${seconds} s\n`);
  return result;
}

function trace(line) {
  process.stderr.write(`${performance.now().toFixed(0).padStart(8)} ${line}\n`);
}

/** The chosen names, or all by default; throws for an unknown name. */
function among(option, names, all) {
  for (const name of names ?? []) {
    if (!all.includes(name))
      throw new Failure(`--${option} must be one of ${all.join(', ')}.\n\n${help}`);
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
