// What goes wrong on a page: in its scripts, and with what it loads.

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { type Collector, eventually, expect, hide, test } from '../fixtures.ts';
import { recorded, stopTime } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

declare global {
  interface Window {
    kinds: string[];
    throwLater(kind: string): void;
    rejectLater(kind: string): void;
    throwDifferent(from: number, to: number): void;
  }
}

const PAGE = 'capture/errors.html';
const options = { capture: { errors: {} } };
const SCRIPT = readFileSync(new URL('../pages/capture/errors.js', import.meta.url), 'utf8');

/** Line of the page's script that has `text`, from 1. */
const lineOf = (text: string) => SCRIPT.split('\n').findIndex((line) => line.includes(text)) + 1;

/** Waits until so many are recorded, and answers them. */
async function failures(page: Page, collector: Collector, count: number) {
  const all = () => recorded(page, collector, 'error', 'resource_error');
  await eventually(async () => (await all()).length).toBe(count);
  return all();
}

const framesOf = (log: Record<string, unknown> | undefined) => String(log?.stack).split('\n');

test.use({ expectedProblems: /./ });

test('an uncaught error, with all that is known of it', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.click('#uncaught');
  const [error] = await failures(page, collector, 1);
  const script = `${pages.origin}/capture/errors.js`;
  const line = lineOf('cart.items');
  expect(error).toEqual({
    event: 'error',
    error_type: 'uncaught',
    error_name: 'TypeError',
    message: expect.stringContaining('undefined'),
    stack: expect.any(String),
    source_url: script,
    line: String(line),
    column: expect.stringMatching(/^\d+$/),
    repeats: '1',
  });
  const [first, second] = framesOf(error);
  expect(first).toBe(`total@${script}:${line}:${error?.column}`);
  expect(second).toContain(`uncaught@${script}:${lineOf('uncaught:')}:`);
  expect(error?.stack).not.toMatch(/version|#top|\s{2}| at /);
});

test('a rejection that nobody handles', async ({ page, pages, collector, open }) => {
  await open(PAGE, { options });
  await page.click('#rejection');
  const [error] = await failures(page, collector, 1);
  expect(error).toMatchObject({
    error_type: 'rejection',
    error_name: 'RangeError',
    message: 'out of stock',
    source_url: `${pages.origin}/capture/errors.js`,
    line: String(lineOf('rejection:')),
    repeats: '1',
  });
});

test('a message tells no parameters of addresses', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  await page.evaluate(() =>
    reportError(
      new Error('https://user.example/a?token=secret#secret has failed: https://b.example/'),
    ),
  );
  const [error] = await failures(page, collector, 1);
  expect(error?.message).toBe('https://user.example/a has failed: https://b.example/');
  await page.evaluate(() => reportError(new Error('GET "/api/reset?token=secret#x" failed, 1/2?')));
  const [, second] = await failures(page, collector, 2);
  expect(second?.message).toBe('GET "/api/reset" failed, 1/2');
});

test('one that is handled is none', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  await page.evaluate(() => Promise.reject(new Error('handled')).catch(() => {}));
  await page.click('#uncaught');
  expect(await failures(page, collector, 1)).toMatchObject([{ error_type: 'uncaught' }]);
});

test('frames of native code', async ({ page, pages, collector, open }) => {
  await open(PAGE, { options });
  await page.click('#native');
  const [error] = await failures(page, collector, 1);
  const frames = framesOf(error);
  const script = `${pages.origin}/capture/errors.js`;
  for (const frame of frames) expect(frame).toMatch(/^[^@]*@(<anonymous>|http\S+:\d+:\d+)$/);
  expect(frames[0]).toContain(`total@${script}:${lineOf('cart.items')}:`);
  expect(frames.at(-1)).toContain(`native@${script}:${lineOf('native:')}:`);
});

test('frames of what was awaited', async ({ page, pages, collector, open }) => {
  await open(PAGE, { options });
  await page.click('#awaited');
  const [error] = await failures(page, collector, 1);
  const script = `${pages.origin}/capture/errors.js`;
  expect(error).toMatchObject({ error_type: 'rejection', error_name: 'TypeError' });
  expect(framesOf(error)[1]).toContain(`load@${script}:${lineOf('total(undefined);')}:`);
});

test('frames of eval are those of its caller', async ({ page, pages, collector, open }) => {
  await open(PAGE, { options });
  await page.click('#evaluated');
  const [error] = await failures(page, collector, 1);
  const [, ...callers] = framesOf(error);
  for (const frame of callers.slice(0, 2)) {
    expect(frame).toContain(`@${pages.origin}/capture/errors.js:${lineOf('evaluated:')}`);
  }
  expect(error?.stack).not.toMatch(/eval at| > eval/);
});

test('whatever can be thrown', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  const kinds = await page.evaluate(() => {
    for (const kind of window.kinds) window.throwLater(kind);
    return window.kinds;
  });
  const thrown = await failures(page, collector, kinds.length);
  const said = thrown.map(({ error_name, message }) => [error_name, message]);
  expect(Object.fromEntries(kinds.map((kind, at) => [kind, said[at]]))).toEqual({
    text: ['String', 'a text'],
    number: ['Number', '5'],
    null: ['Null', 'null'],
    undefined: ['Undefined', 'undefined'],
    object: ['Object', '{code,secret}'],
    described: ['Object', 'from a library'],
    dom: ['NotFoundError', 'no such item'],
    unnamed: ['Error', 'of a class'],
    empty: ['Error', ''],
    long: ['Error', 'x'.repeat(1_000)],
  });
  // What has no stack is where it was thrown.
  expect(thrown[0]).toMatchObject({ line: String(lineOf('throw thrown')) });
});

test('whatever a promise can be rejected with', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  const kinds = await page.evaluate(() => {
    for (const kind of window.kinds) window.rejectLater(kind);
    return window.kinds;
  });
  const rejected = await failures(page, collector, kinds.length);
  for (const log of rejected) expect(log).toMatchObject({ error_type: 'rejection', repeats: '1' });
  const said = rejected.map(({ error_name, message }) => `${error_name} ${message}`.slice(0, 30));
  expect(said).toEqual([
    'String a text',
    'Number 5',
    'Null null',
    'Undefined undefined',
    'Object {code,secret}',
    'Object from a library',
    'NotFoundError no such item',
    'Error of a class',
    'Error ',
    `Error ${'x'.repeat(24)}`,
  ]);
  expect(rejected[0]).not.toHaveProperty('stack');
});

// Firefox under its driver tells all of it.
test('of a script of another origin nothing is told @chromium', async ({
  page,
  pages,
  collector,
  open,
}) => {
  pages.serve('/foreign.js', 'throw new TypeError("secret")');
  pages.serve(
    '/foreign.html',
    `<!doctype html><link rel="icon" href="data:,"><script src="/dist/webtrack.iife.js"></script>
    <script src="/harness.js"></script>
    <script src="${pages.origin.replace('localhost', '127.0.0.1')}/foreign.js"></script>`,
  );
  await open('foreign.html', { options });
  expect(await failures(page, collector, 1)).toEqual([
    {
      event: 'error',
      error_type: 'uncaught',
      error_name: 'Error',
      message: 'Script error.',
      repeats: '1',
    },
  ]);
});

test('a script that cannot be read', async ({ page, pages, collector, open }) => {
  pages.serve('/wrong.js', '\n\nlet a = ;');
  await open(PAGE, { options });
  await page.evaluate(() => {
    document.body.append(Object.assign(document.createElement('script'), { src: '/wrong.js?v=1' }));
  });
  const [error] = await failures(page, collector, 1);
  const script = `${pages.origin}/wrong.js`;
  expect(error).toMatchObject({ error_name: 'SyntaxError', source_url: script, line: '3' });
  expect(error?.stack).toMatch(new RegExp(`^@${script}:3:\\d+$`));
});

test("an observer's second turn is no error", async ({ page, collector, open }) => {
  await open(PAGE, { options });
  const told = await page.evaluate(
    () =>
      new Promise((tell) => {
        addEventListener('error', ({ message }) => tell(message));
        const box = document.createElement('div');
        document.body.append(box);
        let height = 1;
        new ResizeObserver(() => {
          box.style.height = `${height++}px`;
        }).observe(box);
      }),
  );
  expect(told).toContain('ResizeObserver loop');
  await page.click('#rejection');
  expect(await failures(page, collector, 1)).toMatchObject([{ message: 'out of stock' }]);
});

test('what does not load', async ({ page, pages, collector, open }) => {
  await open(PAGE, { options });
  await page.evaluate(async (own) => {
    const add = (tag: string, fields: object) =>
      new Promise((end) => {
        const element = Object.assign(document.createElement(tag), fields);
        element.addEventListener('error', end);
        document.body.append(element);
      });
    await add('img', { src: '/missing.png?token=secret#x' });
    await add('img', { src: '/missing.png?token=secret#x' });
    await add('script', { src: '/missing.js' });
    await add('link', { rel: 'stylesheet', href: '/missing.css' });
    await add('video', { src: '/missing.mp4' });
    // The endpoint's own, and what a component calls so.
    await add('img', { src: own });
    document.querySelector('img')?.dispatchEvent(new Event('error'));
  }, `${collector.url}/logstores/none/track.gif`);
  const missing = await failures(page, collector, 4);
  const resource = (element_tag: string, file: string) => ({
    event: 'resource_error',
    element_tag,
    resource_url: `${pages.origin}/missing.${file}`,
    repeats: '1',
  });
  expect(missing).toEqual([
    resource('img', 'png'),
    resource('script', 'js'),
    resource('link', 'css'),
    resource('video', 'mp4'),
  ]);
  const show = await hide(page);
  expect((await failures(page, collector, 5)).at(-1)).toEqual({
    ...resource('img', 'png'),
    repeats: '1',
  });
  await show();
});

test('repeats are one event when the page may be going', async ({ page, collector, open }) => {
  await stopTime(page);
  await open(PAGE, { options });
  for (let clicks = 0; clicks < 4; clicks++) await page.click('#uncaught');
  await page.click('#rejection');
  expect(await failures(page, collector, 2)).toMatchObject([
    { error_name: 'TypeError', repeats: '1' },
    { error_name: 'RangeError', repeats: '1' },
  ]);
  const show = await hide(page);
  const [, , repeated] = await failures(page, collector, 3);
  expect(repeated).toMatchObject({ error_name: 'TypeError', repeats: '3' });
  await show();
  // Nothing is told twice.
  await (await hide(page))();
  expect(await failures(page, collector, 3)).toHaveLength(3);
});

test('repeats are one event after five seconds', async ({ page, collector, open }) => {
  await stopTime(page);
  await open(PAGE, { options });
  const repeats = async (count: number) =>
    (await failures(page, collector, count)).map(({ repeats }) => repeats);
  for (let clicks = 0; clicks < 4; clicks++) await page.click('#uncaught');
  await page.clock.runFor(4_900);
  expect(await repeats(1)).toEqual(['1']);
  await page.clock.runFor(200);
  expect(await repeats(2)).toEqual(['1', '3']);
  await page.click('#uncaught');
  expect(await repeats(3)).toEqual(['1', '3', '1']);
  await page.clock.runFor(6_000);
  expect(await repeats(3)).toEqual(['1', '3', '1']);
});

test('a flood ends with the fiftieth, until the minute does', async ({ page, collector, open }) => {
  await stopTime(page);
  await open(PAGE, { options });
  await page.evaluate(() => window.throwDifferent(0, 60));
  await failures(page, collector, 50);
  // What is known goes on being counted.
  await page.evaluate(() => window.throwDifferent(0, 1));
  await page.clock.runFor(6_000);
  expect((await failures(page, collector, 51)).at(-1)).toMatchObject({ message: 'different 0' });
  await page.clock.runFor(55_000);
  await page.evaluate(() => window.throwDifferent(60, 61));
  expect((await failures(page, collector, 52)).at(-1)).toMatchObject({ message: 'different 60' });
});

test('errors go before all else', async ({ page, collector, open }) => {
  await open(PAGE, { options: { ...options, flushInterval: 3_600_000 } });
  await page.evaluate(() => window.tracker.track({ event: 'step' }));
  await page.click('#uncaught');
  await failures(page, collector, 1);
  const batchOf = Object.fromEntries(
    (await collector.logs()).map((log) => [log.event, log['__tag__:batch_id']]),
  );
  expect(batchOf.error).not.toBe(batchOf.step);
});

test.describe('console.error', () => {
  const withConsole = { capture: { errors: { console: true } } };

  test('is no error by default', async ({ page, collector, open }) => {
    await open(PAGE, { options });
    await page.click('#said');
    await page.click('#rejection');
    expect(await failures(page, collector, 1)).toMatchObject([{ error_type: 'rejection' }]);
  });

  test('is one by option, as it is printed', async ({ page, pages, collector, open }) => {
    const printed: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') printed.push(message.text());
    });
    await open(PAGE, { options: withConsole });
    await page.click('#said');
    const [error] = await failures(page, collector, 1);
    expect(error).toMatchObject({
      error_type: 'console',
      error_name: 'RangeError',
      message: 'one of 2 {private} RangeError: low',
      source_url: `${pages.origin}/capture/errors.js`,
      line: String(lineOf('said:')),
      repeats: '1',
    });
    await page.evaluate(() => console.error('only', 'text', null));
    expect((await failures(page, collector, 2)).at(-1)).toEqual({
      event: 'error',
      error_type: 'console',
      error_name: 'Error',
      message: 'only text null',
      repeats: '1',
    });
    expect(printed).toHaveLength(2);
    expect(printed[0]).toContain('one');
    expect(printed[1]).toBe('only text null');
  });

  test('stays what it was for the page', async ({ page, collector, open }) => {
    await page.addInitScript(() => {
      console.error = Object.assign(
        function report(first: unknown) {
          if (first === 'throw') throw new Error('from console.error');
          return `said ${first}`;
        },
        { level: 2 },
      ) as never;
      Object.assign(window, { original: console.error });
    });
    await open(PAGE, { options: withConsole });
    const seen = await page.evaluate(() => {
      const { original } = window as unknown as { original: typeof console.error };
      const unreadable = {
        get message() {
          throw new Error('unreadable');
        },
      };
      let thrown = '';
      try {
        console.error('throw');
      } catch (error) {
        thrown = (error as Error).message;
      }
      return [
        console.error !== original,
        console.error.name,
        console.error.length,
        (console.error as unknown as { level: number }).level,
        console.error('this'),
        console.error(unreadable),
        thrown,
      ];
    });
    expect(seen.slice(0, 5)).toEqual([true, 'report', 1, 2, 'said this']);
    expect(seen[5]).toContain('said');
    expect(seen[6]).toBe('from console.error');
    expect(await failures(page, collector, 1)).toMatchObject([{ message: 'this' }]);
  });

  test('of the own hooks does not go round in circles', async ({ page, collector, open }) => {
    await open(PAGE);
    await page.evaluate((host) => {
      let calls = 0;
      window.tracker = window.webtrack.createTracker({
        host,
        logstore: 'web',
        capture: [window.webtrack.errors({ console: true })],
        beforeSend: (event) => {
          console.error(`recorded ${calls++}`);
          return { ...event, calls };
        },
      });
      console.error('from the page');
    }, collector.url);
    expect(await failures(page, collector, 1)).toMatchObject([
      { message: 'from the page', calls: '1' },
    ]);
  });
});

test('stop really stops', async ({ page, collector, open }) => {
  await watchTraces(page);
  await open(PAGE, { options: {} });
  await expectUndone(page, collector.url, { errors: { console: true } }, async () => {
    for (const way of ['#uncaught', '#uncaught', '#rejection', '#said']) await page.click(way);
  });
  const count = async () =>
    (await collector.logs({ logstore: 'other' })).filter(({ event }) => event === 'error').length;
  // With the repeat that was not recorded yet.
  await eventually(count).toBe(4);
});
