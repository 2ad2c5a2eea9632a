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

test.describe('an endpoint that does not accept', () => {
  test.use({
    collectorFlags: ['--faults'],
    // What the browser itself writes about such an answer.
    expectedProblems: /Failed to load resource|CORS|Cross-Origin/,
  });

  test('a refusal is told with its status and code', async ({ page, open, collector }) => {
    await open('script.html', { options: { logstore: 'missing' } });
    const { drops, counts } = await page.evaluate(async () => {
      window.tracker.track({ event: 'one' });
      window.tracker.track({ event: 'two' });
      await window.tracker.flush();
      return { drops: window.drops, counts: { ...window.tracker.counts } };
    });
    expect(drops).toEqual([
      { reason: 'rejected', events: 2, status: 404, errorCode: 'LogStoreNotExist' },
    ]);
    expect(counts).toMatchObject({ tracked: 2, sent: 0, dropped: 2 });
    expect(await collector.batches()).toMatchObject([
      { status: 404, error_code: 'LogStoreNotExist', logs: 0 },
    ]);
  });

  test('a fault costs its batch, and the next one is stored', async ({ page, open, collector }) => {
    await open('script.html');
    for (const [fault, drop] of Object.entries({
      ServerBusy: { status: 503, errorCode: 'ServerBusy' },
      WriteQuotaExceed: { status: 403, errorCode: 'WriteQuotaExceed' },
      // An answer of something in between: HTML, no error code.
      Proxy: { status: 502 },
    })) {
      await collector.orderFault({ answer: fault });
      const drops = await page.evaluate(async (fault) => {
        window.tracker.track({ event: 'lost' });
        await window.tracker.flush();
        window.tracker.track({ event: `after ${fault}` });
        await window.tracker.flush();
        return window.drops.splice(0);
      }, fault);
      expect(drops).toEqual([{ reason: 'rejected', events: 1, ...drop }]);
    }
    expect((await collector.logs()).map(({ event }) => event)).toEqual([
      'after ServerBusy',
      'after WriteQuotaExceed',
      'after Proxy',
    ]);
  });

  test('a refusal that CORS hides is told as unreachable', async ({ page, open, collector }) => {
    await collector.orderFault({ answer: 'ServerBusy', cors: false });
    await open('script.html', { events: [{ event: 'lost' }] });
    const drops = await page.evaluate(async () => {
      await window.tracker.flush();
      return window.drops;
    });
    expect(drops).toEqual([{ reason: 'unreachable', events: 1 }]);
  });

  test('an endpoint that does not answer is told as unreachable', async ({
    page,
    pages,
    open,
    collector,
  }) => {
    await open('script.html', { options: { host: `${pages.origin}/broken` } });
    const { drops, counts } = await page.evaluate(async () => {
      window.tracker.track({ event: 'lost' });
      await window.tracker.flush();
      return { drops: window.drops, counts: { ...window.tracker.counts } };
    });
    expect(drops).toEqual([{ reason: 'unreachable', events: 1 }]);
    expect(counts).toMatchObject({ tracked: 1, sent: 0, dropped: 1 });
    expect(await collector.batches()).toEqual([]);
  });
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
