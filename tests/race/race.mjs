// Compares how this library and its peers deliver events when a page is left and when the endpoint fails.
import { build } from '../../scripts/build.mjs';
import { bundle, importTests } from '../../scripts/bundles.mjs';
import { options, script, wholeNumber } from '../../scripts/command_line.mjs';
import { writeFigures } from '../../scripts/figures.mjs';
import { ensure, ensureNodeModules } from '../../scripts/setup.mjs';
import { Failure, root, step } from '../../scripts/steps.mjs';
import { textTable } from '../../scripts/table.mjs';
import { markdownOf } from './markdown.mjs';

const PARTS = ['exit', 'capacity', 'outage', 'fetch-later'];
const EVENTS = [20, 60, 300, 1500];
/** When the tab is closed, peers run only with these numbers of events, and on the fast network. */
const CLOSE_EVENTS = [60, 300];

const help = `Usage: npm run race [-- --part NAME … --client NAME … --host NAME … --events N … --network NAME …
                       --repeat R --json --write --list]

Opens a page with each client in Chromium and counts the events that are stored by an endpoint of another origin, which
answers after 100 ms:
  exit         N events in one task; 20 ms later the page is left, or its tab closed. If events are missing, the page is
               opened again to see whether they arrive then
  capacity     how many of the benchmark's events one exit delivers from the page, compared with plain JSON; and
               whether the shared worker delivers 10,000 events
  outage       20 events while the endpoint answers 503 or drops connections for 5 s, and one more after that
  fetch-later  what fetchLater, which this library does not use, would save and cost
Exits with 1 if this library misses a target. Takes about a quarter of an hour.
  --part NAME     ${PARTS.join(', ')}; repeatable (default: all)
  --client NAME   a client that --list prints; repeatable (default: all)
  --host NAME     where this library's engine runs: worker (client webtrack) or page (webtrack-page); repeatable
                  (default: both)
  --events N      events of an exit, 1 to 10000; repeatable (default ${EVENTS.join(', ')})
  --network NAME  fast, or slow (150 ms, 750 kbit/s up); repeatable (default: both)
  --repeat R      runs of each exit for this library, 1 to 100; peers have one run (default 3)
  --json          print the figures as JSON
  --write         write the figures into docs/benchmarks.md; needs all clients, hosts, events and networks
  --list          print the clients`;

await script(async () => {
  const chosen = options(help, {
    part: { type: 'string', multiple: true },
    client: { type: 'string', multiple: true },
    host: { type: 'string', multiple: true },
    events: { type: 'string', multiple: true },
    network: { type: 'string', multiple: true },
    repeat: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  });
  const parts = among('part', chosen.part, PARTS);
  const events =
    chosen.events?.map((text) => wholeNumber('events', text, 1, 10_000, help)) ?? EVENTS;
  const repeat = wholeNumber('repeat', chosen.repeat, 1, 100, help);
  if (chosen.write && (chosen.client ?? chosen.host ?? chosen.events ?? chosen.network)) {
    throw new Failure('--write needs all clients, hosts, events and networks.');
  }
  const networks = among('network', chosen.network, ['fast', 'slow']);
  const hosts = among('host', chosen.host, ['worker', 'page']);

  await ensure('test');
  const race = await importTests('race');
  const list = among(
    'client',
    chosen.client,
    race.clients.map(({ name }) => name),
  );
  const clients = race.clients.filter(
    ({ name, ours }) => list.includes(name) && (!ours || hosts.includes(ours)),
  );
  if (chosen.list) {
    process.stdout.write(
      race.clients.map(({ name, title }) => `${name.padEnd(20)}${title}\n`).join(''),
    );
    return 0;
  }
  await build({ native: true, js: true });
  // Packages that nothing else needs.
  await ensureNodeModules(`${root}/tests/race`, 'Installing the peers');
  await step('Building the pages', () => buildPages(race.clients, clients, parts));

  const results = await runParts(race, parts, { clients, hosts, events, networks, repeat });
  const targets = race.targetsOf(results);
  if (chosen.json) {
    process.stdout.write(`${JSON.stringify({ ...results, targets }, undefined, 2)}\n`);
  } else {
    process.stdout.write(report(race, results, targets));
  }
  if (chosen.write) {
    for (const [name, text] of Object.entries(markdownOf(race, results))) writeFigures(name, text);
  }
  return targets.every(({ met }) => met) ? 0 : 1;
});

async function runParts(race, parts, { clients, hosts, events, networks, repeat }) {
  const running = await race.Race.start();
  const results = { browser: running.browser, exits: [], capacity: undefined, outages: [] };
  try {
    for (const cell of parts.includes('exit') ? exitCells(clients, events, networks) : []) {
      const { client, exit, network, events: count } = cell;
      const title = `${client.name}, ${count} events, ${exit}, ${network}`;
      const times = client.ours ? repeat : 1;
      const outcome = ({ runs }) => `${race.summaryOf(runs)}, `;
      results.exits.push(await step(title, () => running.exit(cell, times), outcome));
    }
    if (parts.includes('capacity')) {
      results.capacity = await step('Capacity of an exit', () => running.capacity(hosts));
    }
    if (parts.includes('fetch-later')) {
      results.fetchLater = await step('fetchLater', () => running.fetchLater());
    }
    for (const outage of parts.includes('outage') ? race.outages : []) {
      const work = () => running.outage(outage, clients);
      results.outages.push(...(await step(`Outage: ${outage.title}`, work)));
    }
  } finally {
    await running.stop();
  }
  return results;
}

/** The cells to run, in an order in which the clients take turns. */
function exitCells(clients, events, networks) {
  const cells = [];
  for (const exit of ['navigation', 'close']) {
    for (const count of events) {
      for (const network of networks) {
        for (const client of clients) {
          const runs =
            exit === 'navigation' ||
            client.ours ||
            (network === 'fast' && CLOSE_EVENTS.includes(count));
          if (runs) cells.push({ client, exit, network, events: count });
        }
      }
    }
  }
  return cells;
}

function report(race, results, targets) {
  const { exits, capacity, fetchLater, outages } = results;
  const texts = [];
  const add = (title, { heads, rows }) => texts.push(`${title}\n\n${textTable(heads, rows)}`);
  if (exits.length > 0) {
    const { stored, closed, cost } = race.exitTables(exits);
    add('Events stored when the page is left (+: by the next visit)', stored);
    add('Events stored when the tab is closed (+: by the next visit)', closed);
    add('Leaving the page: main-thread time of the handlers, and body bytes', cost);
  }
  if (capacity) add('What one exit delivers without another visit', race.capacityTable(capacity));
  if (fetchLater) add('What fetchLater would do', race.fetchLaterTable(fetchLater));
  if (outages.length > 0) add('Events stored after an outage, of 21', race.outageTable(outages));
  const verdicts = targets.map(({ name, is, wanted, met }) => [
    name,
    is,
    wanted,
    met ? 'met' : 'MISSED',
  ]);
  if (verdicts.length > 0) texts.push(textTable(['target', 'measured', 'required', ''], verdicts));
  return `\n${results.browser}\n\n${texts.join('\n')}`;
}

/** Builds the script of each client's page. */
async function buildPages(all, clients, parts) {
  // These parts run some clients whatever --client says.
  const needed = all.filter(({ ours, name }) => ours || name === 'baseline');
  const shown = parts.some((part) => part === 'capacity' || part === 'fetch-later')
    ? [...clients, ...needed]
    : clients;
  const outdir = 'build/race/page';
  await bundle({ entryPoints: ['tests/race/exit_clock.ts'], outdir, format: 'iife' });
  for (const adapter of new Set(shown.map((client) => client.adapter))) {
    const contents = `import { start } from './clients/${adapter}.ts';
      import { open } from './page.ts';
      open(start);`;
    await bundle({
      stdin: { contents, resolveDir: `${root}/tests/race`, sourcefile: `${adapter}.js` },
      outfile: `${outdir}/${adapter}.js`,
      format: 'iife',
      minify: true, // as it ships
      define: { 'process.env.NODE_ENV': '"production"' },
    });
  }
}

function among(option, names, known) {
  for (const name of names ?? []) {
    if (!known.includes(name)) {
      throw new Failure(`There is no ${option} "${name}"; there are ${known.join(', ')}.`);
    }
  }
  return names ?? known;
}
