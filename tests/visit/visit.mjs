// Measures what a visit costs the visitor: processor time, heap and requests of this library and its peers.
import { build } from '../../scripts/build.mjs';
import { bundle, importTests } from '../../scripts/bundles.mjs';
import { options, script, wholeNumber } from '../../scripts/command_line.mjs';
import { writeFigures } from '../../scripts/figures.mjs';
import { ensure, ensureNodeModules } from '../../scripts/setup.mjs';
import { Failure, root, step } from '../../scripts/steps.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';
import { markdownOf, shortMarkdownOf } from './markdown.mjs';

const PARTS = ['events', 'documents', 'shop'];

const help = `Usage: npm run visit [-- --part NAME … --only ID … --rounds N --throttle N --json --write --list]
       npm run visit -- --profile [--rounds N --write]

Visits pages in Chromium with this library, with each of its peers, and without a tracker. Each visit has a new browser;
the variants take turns; figures are medians over the rounds. There are three kinds of visits:
  events     a page that sends 1 event at load, 4 half a second later, and 1 at each of 10 clicks
  documents  three documents, 7 s each, in which each client records what it does by default; the endpoint counts
             the requests
  shop       ten visits to the demo shop with this library in each host: requests and bytes, no times
Prints processor time, heap and requests. Exits with 1 if this library misses a goal; with --throttle there are none.
Run nothing else meanwhile. A round takes about six minutes.
  --part NAME     events, documents or shop; repeatable (default: all)
  --only ID       a variant that --list prints; repeatable (default: all). The page without a tracker always runs
  --rounds N      visits of each kind to each variant, 1 to 100 (default 7)
  --throttle N    slows the main thread, but no worker, by N, 1 to 20: 4 is a slow phone (default 1)
  --json          print the figures as JSON
  --write         write the figures into README.md and docs/benchmarks.md; with --throttle only those of events
  --profile       instead, sample this library's script on the main thread and print the shares of its source files
  --list          print the variants`;

await script(async () => {
  const chosen = options(help, {
    part: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '7' },
    throttle: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  });
  const parts = among('part', chosen.part, PARTS);
  const rounds = wholeNumber('rounds', chosen.rounds, 1, 100, help);
  const throttle = wholeNumber('throttle', chosen.throttle, 1, 20, help);
  if (chosen.profile && (chosen.part || chosen.only || chosen.json || throttle > 1)) {
    throw new Failure(`--profile goes with --rounds and --write only.\n\n${help}`);
  }
  if (chosen.write && chosen.only)
    throw new Failure('--write needs all variants: leave out --only.');
  const wanted = throttle > 1 ? ['events'] : PARTS;
  if (chosen.write && wanted.some((part) => !parts.includes(part))) {
    throw new Failure(
      `--write needs the ${wanted.length > 1 ? 'parts' : 'part'} ${wanted.join(' and ')}.`,
    );
  }

  await ensure('test');
  const visit = await importTests('visit');
  const names = visit.variants.map(({ name }) => name);
  const only = among('only', chosen.only, names);
  if (chosen.list) return list(visit);
  await build({ js: true, site: true, native: parts.includes('shop') && !chosen.profile });
  // The race has the peers' packages.
  await ensureNodeModules(`${root}/tests/race`, 'Installing the peers');
  const variants = available(
    visit,
    visit.variants.filter(({ name }) => name === visit.NONE || only.includes(name)),
  );
  await step('Building the pages', () => buildPages(visit, variants));

  if (chosen.profile) return profile(visit, rounds, chosen.write);

  const results = await runParts(visit, parts, { variants, rounds, throttle });
  const goals = visit.goalsOf(results);
  if (chosen.json) {
    process.stdout.write(`${JSON.stringify({ ...results, goals }, undefined, 2)}\n`);
  } else {
    process.stdout.write(report(visit, results, goals));
  }
  if (chosen.write) {
    const block = throttle > 1 ? 'visit-throttled' : 'visit';
    writeFigures(block, markdownOf(visit, results, goals));
    if (throttle === 1) writeFigures('visit-short', shortMarkdownOf(results));
  }
  return goals.every(({ met }) => met) ? 0 : 1;
});

function list({ variants }) {
  process.stdout.write(variants.map(({ name, title }) => `${name.padEnd(20)}${title}\n`).join(''));
  return 0;
}

async function profile(visit, rounds, write) {
  const variant = visit.variants.find(({ name }) => name === 'webtrack');
  const visiting = await visit.Visiting.start(1);
  const visits = { events: [], documents: [] };
  try {
    for (let round = 1; round <= rounds; round++) {
      const times = await step(`round ${round} of ${rounds}`, () => visiting.profiles(variant));
      for (const kind of Object.keys(visits)) visits[kind].push(times[kind]);
    }
  } finally {
    await visiting.stop();
  }
  const { heads, rows } = visit.profileTable(visits);
  process.stdout.write(`\n${textTable(heads, rows)}`);
  const how = `${await visit.browserVersion()}, ${rounds} rounds, a sample every 0.1 ms.`;
  if (write) writeFigures('visit-profile', `${markdownTable(heads, rows)}\n\n${how}`);
  return 0;
}

/** The variants whose files are in dist/; prints which ones are skipped. */
function available(visit, variants) {
  return variants.filter((variant) => {
    const missing = visit.missingFiles(variant);
    if (missing.length > 0) {
      process.stderr.write(`  ${variant.name} is skipped: dist/ has no ${missing.join(', ')}\n`);
    }
    return missing.length === 0;
  });
}

async function runParts(visit, parts, { variants, rounds, throttle }) {
  const visiting = await visit.Visiting.start(throttle);
  /** @type {any} */
  const results = { browser: await visit.browserVersion(), rounds, throttle, shop: [] };
  try {
    for (const part of ['events', 'documents']) {
      const all = variants
        .filter((variant) => parts.includes(part) && variant[part])
        .map((variant) => ({ variant, visits: [] }));
      for (let round = 1; all.length > 0 && round <= rounds; round++) {
        for (const { variant, visits } of all) {
          const title = `${part}, round ${round} of ${rounds}, ${variant.name}`;
          visits.push(await step(title, () => visiting[part](variant)));
        }
      }
      results[part] = visit[`${part}Rows`](all);
    }
    for (const host of parts.includes('shop') ? visit.HOSTS : []) {
      results.shop.push(await step(`shop, the engine in the ${host}`, () => visit.visitShop(host)));
    }
  } finally {
    await visiting.stop();
  }
  return results;
}

function report(visit, { browser, rounds, throttle, events, documents, shop }, goals) {
  const slow = throttle > 1 ? `, the main thread ${throttle} times slower` : '';
  const texts = [`\n${browser}: medians of ${rounds} rounds${slow}`];
  const add = (title, { heads, rows }) => texts.push(`${title}\n\n${textTable(heads, rows)}`);
  if (events.length > 0) add('Events only, script time', visit.eventsTable(events));
  if (documents.length > 0) add('Three documents', visit.documentsTable(documents));
  if (shop.length > 0) add('Ten visits to the demo shop', visit.shopTable(shop));
  const verdicts = goals.map(({ name, is, limit, met }) => [
    name,
    Number(is.toFixed(3)),
    Number(limit.toFixed(3)),
    met ? 'met' : 'MISSED',
  ]);
  if (verdicts.length > 0) texts.push(textTable(['goal', 'measured', 'at most', ''], verdicts));
  return texts.join('\n\n');
}

/** Builds a script for each adapter that starts its client. */
async function buildPages(visit, variants) {
  const built = new Set();
  for (const variant of variants) {
    for (const part of PARTS) {
      const name = visit.scriptName(variant, part);
      if (!variant[part] || built.has(name)) continue;
      built.add(name);
      const contents = `import { start } from './${variant[part]}.ts';
        import { open } from './visit/page.ts';
        open(start);`;
      await bundle({
        stdin: { contents, resolveDir: `${root}/tests`, sourcefile: name },
        outfile: `build/visit/page/${name}`,
        format: 'iife',
        minify: true, // as it ships
        define: { 'process.env.NODE_ENV': '"production"' },
        nodePaths: [`${root}/tests/race/node_modules`],
      });
    }
  }
}

function among(option, names, known) {
  for (const name of names ?? []) {
    if (!known.includes(name)) {
      throw new Failure(`--${option} must be one of ${known.join(', ')}, not ${name}.\n\n${help}`);
    }
  }
  return names ?? known;
}
