// Options that createTracker() rejects, and two trackers on one page.

import { expect, expectStored, test } from './fixtures.ts';

const HOST = 'https://log.example.com';

// The options as JavaScript source, and the error message that they cause.
const WRONG: readonly (readonly [options: string, message: RegExp])[] = [
  ['undefined', /createTracker needs an object of options/],
  ['null', /createTracker needs an object of options/],
  ['"text"', /createTracker needs an object of options/],
  ['{}', /option "host" is missing/],
  [`{ host: '${HOST}' }`, /option "logstore" is missing/],
  [`{ host: 'cn-hangzhou.log.aliyuncs.com', logstore: 'web' }`, /option "project" is missing/],
  [`{ host: '', logstore: 'web' }`, /option "host" must be .*, not ""/],
  [`{ host: 'ftp://x', logstore: 'web' }`, /option "host" must be .*, not "ftp:\/\/x"/],
  [`{ host: 'https:///', logstore: 'web' }`, /option "host" must be/],
  [`{ host: 'https://', logstore: 'web' }`, /option "host" must be/],
  [`{ host: 5, logstore: 'web' }`, /option "host" must be .*, not 5/],
  [`{ host: '${HOST}', logstore: '' }`, /option "logstore" must be .*, not ""/],
  [`{ host: '${HOST}', logstore: 'a/b' }`, /option "logstore" must be .*, not "a\/b"/],
  [`{ host: '${HOST}', logstore: 'web', topic: 1 }`, /option "topic" must be text.*, not 1/],
  [`{ host: '${HOST}', logstore: 'web', topic: '茶'.repeat(43) }`, /option "topic" must be .* 128/],
  [`{ host: '${HOST}', logstore: 'web', source: {} }`, /option "source" must be text of at most/],
  [`{ host: '${HOST}', logstore: 'web', tags: 'a' }`, /option "tags" must be .*, not "a"/],
  [
    `{ host: '${HOST}', logstore: 'web', tags: ['a'] }`,
    /option "tags" must be an object of at most/,
  ],
  [
    `{ host: '${HOST}', logstore: 'web', tags: { a: 1 } }`,
    /option "tags" must be an object of at most/,
  ],
  [`{ host: '${HOST}', logstore: 'web', tags: { batch_id: 'x' } }`, /"tags" .* without "batch_id"/],
  [`{ host: '${HOST}', logstore: 'web', flushCount: 0 }`, /option "flushCount" must be .*, not 0/],
  [`{ host: '${HOST}', logstore: 'web', flushCount: 4097 }`, /option "flushCount" .* not 4097/],
  [`{ host: '${HOST}', logstore: 'web', flushCount: 1.5 }`, /option "flushCount" .* not 1.5/],
  [`{ host: '${HOST}', logstore: 'web', flushBytes: NaN }`, /option "flushBytes" .* not NaN/],
  [`{ host: '${HOST}', logstore: 'web', flushBytes: 2800001 }`, /option "flushBytes" .* 2800001/],
  [`{ host: '${HOST}', logstore: 'web', flushInterval: -1 }`, /option "flushInterval" .* not -1/],
  [
    `{ host: '${HOST}', logstore: 'web', flushInterval: '3000' }`,
    /option "flushInterval" .* "3000"/,
  ],
  [`{ host: '${HOST}', logstore: 'web', timeField: '' }`, /option "timeField" must be .*, not ""/],
  [`{ host: '${HOST}', logstore: 'web', timeField: true }`, /option "timeField" .* not true/],
  [`{ host: '${HOST}', logstore: 'web', coreUrl: 5 }`, /option "coreUrl" must be .*, not 5/],
  [`{ host: '${HOST}', logstore: 'web', onDrop: 'log' }`, /option "onDrop" must be a function/],
  [`{ host: '${HOST}', logstore: 'web', flushcount: 5 }`, /there is no option "flushcount"/],
  [`{ host: '${HOST}', logstore: 'web', constructor: 5 }`, /there is no option "constructor"/],
];

test('an invalid option throws a TypeError that names the option', async ({ page, open }) => {
  await open('script.html');
  const answers = await page.evaluate(
    (wrong) =>
      wrong.map((options) => {
        try {
          window.webtrack.createTracker(new Function(`return ${options}`)());
          return 'no error';
        } catch (error) {
          return String(error);
        }
      }),
    WRONG.map(([options]) => options),
  );
  for (const [at, [options, message]] of WRONG.entries()) {
    expect.soft(answers[at], options).toMatch(/^TypeError: webtrack: /);
    expect.soft(answers[at], options).toMatch(message);
  }
});

test('a createTracker() call that throws does not disturb the tracker of the page', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { events: [{ event: 'right' }] });
  await page.evaluate((host) => {
    try {
      window.makeTracker({ host, logstore: 'web', flushCount: 0 });
    } catch {
      window.tracker.track({ event: 'refused' });
    }
    return window.tracker.flush();
  }, collector.url);
  await expectStored(collector, 'event', ['right', 'refused']);
  expect(await collector.batches()).toHaveLength(1);
});

test('an option that is undefined counts as left out', async ({ page, open, collector }) => {
  await open('script.html');
  await page.evaluate((host) => {
    const rest = { topic: undefined, tags: undefined, flushCount: undefined, onDrop: undefined };
    const tracker = window.webtrack.createTracker({ host, logstore: 'web', ...rest } as never);
    tracker.track({ event: 'stored' });
    return tracker.flush();
  }, collector.url);
  await expectStored(collector, 'event', ['stored']);
});

test('two trackers on one page keep their events, topics and tags apart', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: { topic: 'one' } });
  await page.evaluate(async (host) => {
    const other = window.makeTracker({ host, logstore: 'other', topic: 'two', tags: { n: '2' } });
    for (let n = 0; n < 20; n++) {
      window.tracker.track({ event: 'first', n });
      other.track({ event: 'second', n });
    }
    await Promise.all([window.tracker.flush(), other.flush()]);
  }, collector.url);
  const [web, other] = await Promise.all([
    collector.logs({ logstore: 'web' }),
    collector.logs({ logstore: 'other' }),
  ]);
  expect(web).toHaveLength(20);
  expect(other).toHaveLength(20);
  for (const log of web) expect(log).toMatchObject({ event: 'first', __topic__: 'one' });
  for (const log of other) {
    expect(log).toMatchObject({ event: 'second', __topic__: 'two', '__tag__:n': '2' });
  }
  expect(web[0]).not.toHaveProperty('__tag__:n');
});

test('timeField renames the time field, and false omits the time', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html', { options: { timeField: 'at' } });
  await page.evaluate(async (host) => {
    window.tracker.track({ event: 'named' });
    window.tracker.track({ event: 'own', at: 'my time' });
    await window.tracker.flush();
    const timeless = window.makeTracker({ host, logstore: 'web', timeField: false });
    timeless.track({ event: 'timeless' });
    await timeless.flush();
  }, collector.url);
  const [named, own, timeless] = await collector.logs();
  expect(named).toMatchObject({ event: 'named', at: expect.stringMatching(/^\d{13}$/) });
  expect(own).toMatchObject({ event: 'own', at: 'my time' });
  expect(timeless).toMatchObject({ event: 'timeless' });
  for (const log of [named, own, timeless]) expect(log).not.toHaveProperty('ts');
  expect(timeless).not.toHaveProperty('at');
});
