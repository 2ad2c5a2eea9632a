// What is lost is told to onDrop and counted; what is not lost goes on.

import { expect, expectStored, ONLY_ON_EXIT, test } from './fixtures.ts';

test('what is no event is told, and the page goes on', async ({ page, open, collector }) => {
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

test('an event that no request can hold is told', async ({ page, open, collector }) => {
  await open('script.html');
  const { drops, counts } = await page.evaluate(async () => {
    await window.tracker.flush(); // the core is there
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

test('an event that no request can hold is told before the core is there', async ({
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

test('more than a page may hold before the core is there is told', async ({
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

test('a hook that throws costs nothing', async ({ page, open, collector }) => {
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

test('a hook may track what it hears', async ({ page, open, collector }) => {
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
