// Dropped events are counted and reported to onDrop; all other events are sent.

import { expect, expectStored, ONLY_ON_EXIT, test } from './fixtures.ts';

test('a value that is not an object is reported as invalid_event, and later events are stored', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html');
  const drops = await page.evaluate(async () => {
    const track = window.tracker.track as (event: unknown) => void;
    const unreadable = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('x');
        },
      },
    );
    for (const event of [
      undefined,
      null,
      'text',
      5,
      true,
      1n,
      Symbol('s'),
      () => 1,
      [],
      unreadable,
    ]) {
      track.call(window.tracker, event);
    }
    window.tracker.track({ event: 'right' });
    await window.tracker.flush();
    return window.drops;
  });
  expect(drops).toEqual(Array(10).fill({ reason: 'invalid_event', events: 1 }));
  await expectStored(collector, 'event', ['right']);
});

test('an event too large for a request is reported as too_large', async ({
  page,
  open,
  collector,
}) => {
  await open('script.html');
  const { drops, counts } = await page.evaluate(async () => {
    await window.tracker.flush(); // loads the core
    window.tracker.track({ event: 'before' });
    window.tracker.track({ event: 'large', text: 'x'.repeat(11_000_000) });
    window.tracker.track({ event: 'large', text: 'x'.repeat(2_900_000) });
    window.tracker.track({ event: 'after' });
    await window.tracker.flush();
    return { drops: window.drops, counts: { ...window.tracker.counts } };
  });
  expect(drops).toEqual(Array(2).fill({ reason: 'too_large', events: 1 }));
  expect(counts).toMatchObject({ tracked: 4, sent: 2, dropped: 2 });
  await expectStored(collector, 'event', ['before', 'after']);
});

test('an event too large for a request is reported at once while the core still loads', async ({
  page,
  open,
  pages,
  collector,
}) => {
  await open('module.html', { options: { coreUrl: '/held/core.wasm' } });
  const drops = await page.evaluate(() => {
    window.tracker.track({ event: 'before' });
    window.tracker.track({ event: 'large', text: 'x'.repeat(11_000_000) });
    window.tracker.track({ event: 'after' });
    void window.tracker.flush();
    return window.drops;
  });
  expect(drops).toEqual([{ reason: 'too_large', events: 1 }]);
  pages.release();
  await expectStored(collector, 'event', ['before', 'after']);
});

test('events beyond the first 4,096 are reported as queue_full while the core still loads', async ({
  page,
  open,
  pages,
  collector,
}) => {
  await open('module.html', { options: { ...ONLY_ON_EXIT, coreUrl: '/held/core.wasm' } });
  const drops = await page.evaluate(() => {
    for (let n = 0; n < 4100; n++) window.tracker.track({ event: 'step', n });
    void window.tracker.flush();
    return window.drops;
  });
  expect(drops).toEqual(Array(4).fill({ reason: 'queue_full', events: 1 }));
  pages.release();
  await expectStored(collector, 'event', Array(4096).fill('step'));
});

test('an onDrop hook that throws loses no event', async ({ page, open, collector }) => {
  await open('script.html');
  await page.evaluate(async (host) => {
    const onDrop = () => {
      throw new Error('a mistake in the hook');
    };
    const tracker = window.makeTracker({ host, logstore: 'web', onDrop });
    tracker.track({ event: 'stored', __time__: 'refused' });
    await tracker.flush();
  }, collector.url);
  await expectStored(collector, 'event', ['stored']);
});

test('an onDrop hook may track an event', async ({ page, open, collector }) => {
  await open('script.html');
  await page.evaluate(async (host) => {
    const tracker = window.makeTracker({
      host,
      logstore: 'web',
      onDrop: ({ reason, field }) => tracker.track({ event: 'drop', reason, field }),
    });
    tracker.track({ event: 'stored', __time__: 'refused' });
    await tracker.flush();
  }, collector.url);
  await expectStored(collector, 'event', ['drop', 'stored']);
});
