// What capture costs the page that it is on: main-thread time of a load and of a click, and layouts that it forces, in the demo
// shop beside the same without it.
import { chromium } from '@playwright/test';
import { build } from '../../scripts/build.mjs';
import { options, script, wholeNumber } from '../../scripts/command-line.mjs';
import { writeFigures } from '../../scripts/readme.mjs';
import { ensure } from '../../scripts/setup.mjs';
import { Failure, step } from '../../scripts/steps.mjs';
import { markdownTable, textTable } from '../../scripts/table.mjs';
import { forcing, openShop, variants } from './shop.mjs';
import { forcedLayouts, isIdle, isScript, isShown, isTask, timeOf, traced } from './trace.mjs';

/** Milliseconds after a load in which what it has set off comes to its end: a batch is sent after one second. */
const SETTLE_MS = 1_200;
/** So long somebody holds the button of a mouse down. */
const PRESS_MS = 60;
/** Of each page that is clicked on; its cart holds 20. */
const CLICKS = 16;
/** Loads at the beginning that do not count. */
const WARM_UP = 1;

/** A press and release of the mouse, and what it brings along. */
const OF_CLICK =
  /^(pointer(down|up)|gotpointercapture|lostpointercapture|mouse(down|up)|click|focus(in)?|blur|focusout|selectionchange|selectstart)$/;
const isHandler = ({ name, args }) => name === 'EventDispatch' && OF_CLICK.test(args.data.type);
const isPress = (event) => event.name === 'EventDispatch' && event.args.data.type === 'pointerdown';

const heads = [
  'page',
  'until it is loaded, ms',
  'in the second behind it, ms',
  '… in idle time, ms',
  'click, µs',
  'click and after, µs',
  'forced layouts',
];

const help = `Usage: npm run cost [-- --loads N --clicks N --json --write]

Loads the demo shop in Chromium, each time in a new process, without tracking, with a tracker, and with autocapture()
as well, in turn; clicks on its buttons; and looks for layouts and styles that a script has forced. Prints medians and
quartiles; exits with 1 when a target is missed. Nothing else should run meanwhile. About four minutes.
  --loads N   loads of each variant (default 40)
  --clicks N  clicks of each variant (default 208)
  --json      print the figures as JSON
  --write     put the figures into README.md`;

await script(async () => {
  const chosen = options(help, {
    loads: { type: 'string', default: '40' },
    clicks: { type: 'string', default: '208' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  });
  const loads = wholeNumber('loads', chosen.loads, 1, 10_000, help);
  const clicks = wholeNumber('clicks', chosen.clicks, 1, 100_000, help);
  await ensure('test');
  await build({ native: true, site: true });
  const result = await measure(loads, clicks);
  const targets = targetsOf(result);
  if (chosen.json) {
    process.stdout.write(`${JSON.stringify({ ...result, targets }, undefined, 2)}\n`);
  } else {
    process.stdout.write(report(result, targets));
  }
  if (chosen.write) writeFigures('cost', markdown(result, targets));
  return targets.every(({ met }) => met) ? 0 : 1;
});

async function measure(loads, clicks) {
  const shops = [];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
  try {
    await step('Building the pages', async () => {
      for (const variant of [...variants, forcing]) shops.push(await openShop(variant));
    });
    const compared = shops.slice(0, variants.length);
    const forced = await step('Forced layouts', () => findForced(browser, shops));
    const rounds = await step('Loads', () =>
      inTurn(loads, compared, (shop) => load(browser, shop)),
    );
    const pages = Math.ceil(clicks / CLICKS);
    const clicked = await step('Clicks', () =>
      inTurn(pages, compared, (shop) => click(browser, shop)),
    );
    return {
      browser: `Chromium ${browser.version()}`,
      loads,
      clicks: pages * CLICKS,
      variants: variants.map(({ id, title }, at) => ({
        id,
        title,
        load: figures(rounds, at, ({ loading }) => [loading]),
        behind: figures(rounds, at, ({ behind }) => [behind]),
        idle: figures(rounds, at, ({ idle }) => [idle]),
        task: figures(rounds, at, ({ tasks }) => [tasks]),
        click: figures(clicked, at, ({ handlers }) => handlers),
        after: figures(clicked, at, ({ after }) => after),
        forced: forced[at],
      })),
    };
  } finally {
    await browser.close();
    for (const shop of shops) shop.close();
  }
}

/** Rounds of one result of each shop. */
async function inTurn(count, shops, work) {
  const rounds = [];
  for (let round = -WARM_UP; round < count; round++) {
    const results = [];
    for (const shop of shops) results.push(await work(shop));
    if (round >= 0) rounds.push(results);
  }
  return rounds;
}

/** Quartiles of the variant's values, and of what each is more than that of each other variant in the same round. */
function figures(rounds, at, valuesOf) {
  const values = rounds.map((results) => valuesOf(results[at]));
  const more = variants.map((_, other) =>
    quartiles(
      rounds.flatMap((results, round) =>
        valuesOf(results[other]).map((value, n) => values[round][n] - value),
      ),
    ),
  );
  return { ...quartiles(values.flat()), more };
}

function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)];
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

/** A new context has a process of its own, in which nothing is compiled or cached. */
async function inNewPage(browser, work) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}

function load(browser, { url }) {
  return inNewPage(browser, async (page) => {
    const events = await traced(browser, url, async () => {
      await page.goto(url);
      await page.waitForTimeout(SETTLE_MS);
    });
    const shown = events.findLast(isShown).ts;
    const time = (part) => timeOf(part, isScript, isIdle);
    return {
      loading: time(events.filter(({ ts }) => ts <= shown)),
      behind: time(events.filter(({ ts }) => ts > shown)),
      idle: timeOf(events, isIdle),
      tasks: timeOf(events, isTask),
    };
  });
}

/** Clicks on "Add to cart" and, so that nobody takes it for rage, beside it in between. */
function click(browser, { url }) {
  return inNewPage(browser, async (page) => {
    await page.goto(`${url}/product.html?id=sencha`);
    await page.waitForTimeout(SETTLE_MS);
    const button = await centreOf(page.getByRole('button', { name: 'Add to cart' }));
    const text = await centreOf(page.locator('.lead'));
    const events = await traced(browser, url, async () => {
      for (let n = 0; n < CLICKS; n++) {
        for (const { x, y } of [text, button]) {
          await page.mouse.click(x, y, { delay: PRESS_MS });
          await page.waitForTimeout(60);
        }
      }
    });
    const added = await page.getByTestId('cart-count').textContent();
    const presses = events.filter(isPress).map(({ ts }) => ts);
    if (Number(added) !== CLICKS || presses.length !== 2 * CLICKS) {
      throw new Failure(
        `Of ${CLICKS} clicks the page has seen ${added}, of ${2 * CLICKS} ${presses.length}.`,
      );
    }
    const windows = presses.map((from, n) =>
      events.filter(({ ts }) => ts >= from && ts < (presses[n + 1] ?? Number.POSITIVE_INFINITY)),
    );
    const ofButton = windows.filter((_, n) => n % 2 === 1);
    return {
      handlers: ofButton.map((window) => timeOf(window, isHandler) * 1000),
      after: ofButton.map((window) => timeOf(window, isScript) * 1000),
    };
  });
}

async function centreOf(locator) {
  const { x, y, width, height } = await locator.boundingBox();
  return { x: x + width / 2, y: y + height / 2 };
}

/** What the library has forced in a visit to each shop. */
async function findForced(browser, shops) {
  const found = [];
  for (const { url } of shops) {
    const work = (page) => traced(browser, url, () => visit(page, url), { stacks: true });
    found.push(forcedLayouts(await inNewPage(browser, work), `${url}/webtrack/`));
  }
  if (found.at(-1).length === 0) throw new Failure('A layout that was forced was not seen.');
  return found;
}

async function visit(page, url) {
  // On a page that stands still there is nothing to lay out, whoever asks.
  await page.addInitScript(() => {
    const { port1, port2 } = new MessageChannel();
    let tasks = 0;
    port1.onmessage = () => {
      tasks++;
      if (document.body) document.body.style.paddingBottom = `${tasks % 2}px`;
      port2.postMessage(0);
    };
    port2.postMessage(0);
  });
  await page.goto(url);
  await page.waitForTimeout(SETTLE_MS);
  await page.mouse.move(300, 300);
  await page.mouse.wheel(0, 900);
  await page.waitForTimeout(300);
  await page.mouse.wheel(0, -900);
  await page.goto(`${url}/product.html?id=sencha`);
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByRole('searchbox').fill('whisk');
  await page.keyboard.press('Enter');
  await page.waitForURL(/search/);
  await page.waitForTimeout(300);
}

function byId({ variants: list }, id) {
  return list.find((variant) => variant.id === id);
}

/** What autocapture() adds to a page that has `id`. */
function added(result, of, id) {
  return byId(result, 'capture')[of].more[variants.findIndex((variant) => variant.id === id)];
}

/** What capture may cost: {name, value, limit, met}. */
function targetsOf(result) {
  return [
    ['until a page is loaded, ms', added(result, 'load', 'tracker').median, 1],
    ['click, µs', added(result, 'click', 'tracker').median, 50],
    ['forced layouts', byId(result, 'capture').forced.length, 0],
  ].map(([name, value, limit]) => ({ name, value, limit, met: value <= limit }));
}

function range({ low, median, high }, digits) {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

function rows(result) {
  const cells = ({ load, behind, idle, click, after }) => [
    range(load, 1),
    range(behind, 1),
    range(idle, 1),
    range(click, 0),
    range(after, 0),
  ];
  const more = (id) =>
    cells(
      Object.fromEntries(
        ['load', 'behind', 'idle', 'click', 'after'].map((of) => [of, added(result, of, id)]),
      ),
    );
  return [
    ...result.variants.map((variant) => [variant.title, ...cells(variant), variant.forced.length]),
    ['autocapture() adds', ...more('tracker'), ''],
    ['tracker and autocapture() add', ...more('none'), ''],
  ];
}

function report(result, targets) {
  const { browser, loads, clicks, variants: list } = result;
  const verdicts = targets.map(({ name, value, limit, met }) => [
    name,
    Number(value.toFixed(2)),
    limit,
    met ? 'met' : 'MISSED',
  ]);
  const tasks = list.map(({ title, task }) => [title, range(task, 1)]);
  return `
${browser}: median and quartiles of ${loads} loads and ${clicks} clicks

${textTable(heads, rows(result))}
${textTable(['all tasks of a load, painting included', 'ms'], tasks)}
${textTable(['autocapture() adds', 'is', 'at most', ''], verdicts)}${byId(result, 'capture')
  .forced.map((what) => `  ${what}\n`)
  .join('')}`;
}

function markdown(result, targets) {
  const { browser, loads, clicks } = result;
  const wanted = targets.map(
    ({ name, limit, met }) => `${name}: ${limit}, ${met ? 'met' : 'missed'}`,
  );
  return `${markdownTable(heads, rows(result))}
Processor time of the main thread in scripts (compiling, running, garbage) of the demo shop in ${browser}: median and quartiles of
${loads} loads, each in a new process, and of ${clicks} clicks on a button that is held for ${PRESS_MS} ms: all its handlers, and with what they set off; the
pages in turn: \`npm run cost\`. What is added is the median of the differences within a round. Wanted of \`autocapture()\`
at most: ${wanted.join('; ')}.
`;
}
