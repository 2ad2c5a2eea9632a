// Script errors and failed resources of a page.

import { eventually, expect, hide, test } from '../fixtures.ts';
import { failures, framesOf, lineOf, options, PAGE } from './errors_page.ts';
import { stopTime } from './recorded.ts';
import { expectUndone, watchTraces } from './undone.ts';

test.use({ expectedProblems: /./ });
test('an uncaught error is recorded with name, message, stack and position', async ({
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

test('an unhandled rejection is recorded with name, message and position', async ({
  page,
  pages,
  collector,
  open,
}) => {
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

test('URLs in a message lose their parameters and fragments', async ({ page, collector, open }) => {
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

test('a handled rejection is not recorded', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  await page.evaluate(() => Promise.reject(new Error('handled')).catch(() => {}));
  await page.click('#uncaught');
  expect(await failures(page, collector, 1)).toMatchObject([{ error_type: 'uncaught' }]);
});

test('a stack with native frames is recorded in the common form', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.click('#native');
  const [error] = await failures(page, collector, 1);
  const frames = framesOf(error);
  const script = `${pages.origin}/capture/errors.js`;
  for (const frame of frames) expect(frame).toMatch(/^[^@]*@(<anonymous>|http\S+:\d+:\d+)$/);
  expect(frames[0]).toContain(`total@${script}:${lineOf('cart.items')}:`);
  expect(frames.at(-1)).toContain(`native@${script}:${lineOf('native:')}:`);
});

test('a stack across await is recorded in the common form', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.click('#awaited');
  const [error] = await failures(page, collector, 1);
  const script = `${pages.origin}/capture/errors.js`;
  expect(error).toMatchObject({ error_type: 'rejection', error_name: 'TypeError' });
  expect(framesOf(error)[1]).toContain(`load@${script}:${lineOf('total(undefined);')}:`);
});

test('frames of eval get the position of the eval call', async ({
  page,
  pages,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.click('#evaluated');
  const [error] = await failures(page, collector, 1);
  const [, caller] = framesOf(error);
  expect(caller).toContain(`@${pages.origin}/capture/errors.js:${lineOf('evaluated:')}`);
  expect(error?.stack).not.toMatch(/eval at| > eval/);
});

test('thrown values of every kind are recorded', async ({ page, collector, open }) => {
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
  // A value without a stack gets the position of the throw.
  expect(thrown[0]).toMatchObject({ line: String(lineOf('throw thrown')) });
});

test('rejections with values of every kind are recorded', async ({ page, collector, open }) => {
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

// Firefox under Playwright reveals the details.
test('an error in a cross-origin script is recorded without details @chromium', async ({
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

test('a syntax error is recorded with the position in its script', async ({
  page,
  pages,
  collector,
  open,
}) => {
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

test('a ResizeObserver loop is not recorded', async ({ page, collector, open }) => {
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

test('failed resources are recorded with their URL, and repeats when the page is hidden', async ({
  page,
  pages,
  collector,
  open,
}) => {
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
    // The endpoint's own pixel and an error event from a script are not recorded.
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

test('repeats are recorded as one event when the page is hidden', async ({
  page,
  collector,
  open,
}) => {
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
  // Hiding the page again records nothing.
  await (await hide(page))();
  expect(await failures(page, collector, 3)).toHaveLength(3);
});

test('repeats are recorded as one event after five seconds', async ({ page, collector, open }) => {
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

test('at most 50 different errors are recorded in a minute', async ({ page, collector, open }) => {
  await stopTime(page);
  await open(PAGE, { options });
  await page.evaluate(() => window.throwDifferent(0, 60));
  await failures(page, collector, 50);
  // Repeats of recorded errors are still counted.
  await page.evaluate(() => window.throwDifferent(0, 1));
  await page.clock.runFor(6_000);
  expect((await failures(page, collector, 51)).at(-1)).toMatchObject({ message: 'different 0' });
  await page.clock.runFor(55_000);
  await page.evaluate(() => window.throwDifferent(60, 61));
  expect((await failures(page, collector, 52)).at(-1)).toMatchObject({ message: 'different 60' });
});

test('errors are sent at once, in a batch of their own', async ({ page, collector, open }) => {
  await open(PAGE, { options: { ...options, flushInterval: 3_600_000 } });
  await page.evaluate(() => window.tracker.track({ event: 'step' }));
  await page.click('#uncaught');
  await failures(page, collector, 1);
  const batchOf = Object.fromEntries(
    (await collector.logs()).map((log) => [log.event, log['__tag__:batch_id']]),
  );
  expect(batchOf.error).not.toBe(batchOf.step);
});

test('shutdown() removes everything that the plug-in has added', async ({
  page,
  collector,
  open,
}) => {
  await watchTraces(page);
  await open(PAGE, { options: {} });
  await expectUndone(page, collector.url, { errors: { console: true } }, async () => {
    for (const way of ['#uncaught', '#uncaught', '#rejection', '#said']) await page.click(way);
  });
  const count = async () =>
    (await collector.logs({ logstore: 'other' })).filter(({ event }) => event === 'error').length;
  // Three errors, and the repeat that shutdown() records.
  await eventually(count).toBe(4);
});
