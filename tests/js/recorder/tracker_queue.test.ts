// Events and work that wait for idle time while the page is busy.
import { expect, test } from 'vitest';
import type { Capture } from '../../../js/src/types.ts';
import { busy, hide, leave, logs, plugIn, start } from '../tracker_fixture.ts';

test('waiting events keep their order and the fields from the time of track()', async () => {
  const seen: string[] = [];
  const one = plugIn();
  const tracker = start({
    capture: [one.capture],
    timeField: false,
    beforeSend: (event) => {
      seen.push(String(event.event));
      return event;
    },
  });
  let view = 'a';
  one.sink().enrich(() => ({ view }));
  busy();
  tracker.register({ plan: 'free' });
  tracker.track({ event: '1' });
  one.sink().whenIdle(() => seen.push('work'));
  tracker.register({ plan: 'pro' });
  one.sink().track({ event: '2' });
  expect(seen).toEqual([]);
  one.sink().beginView();
  expect(seen).toEqual(['1', '2', 'work']);
  view = 'b';
  tracker.track({ event: '3' });
  await expect.poll(() => seen).toContain('3');
  tracker.track({ event: '4' });
  leave();
  tracker.track({ event: '5' });
  const cancel = one.sink().whenIdle(() => seen.push('cancelled'));
  cancel();
  await tracker.flush();
  expect(logs()).toEqual([
    { event: '1', plan: 'free', view: 'a' },
    { event: '2', plan: 'pro', view: 'a' },
    { event: '3', plan: 'pro', view: 'b' },
    { event: '4', plan: 'pro', view: 'b' },
    { event: '5', plan: 'pro', view: 'b' },
  ]);
  expect(seen).not.toContain('cancelled');
});

test('what is recorded as a navigation begins is posted when the page is left', async () => {
  const left: Capture = {
    name: 'left',
    start: (sink) => sink.on('leave', (why) => sink.track({ event: why })),
  };
  const tracker = start({ capture: [left], flushInterval: 0, timeField: false });
  tracker.track({ event: 'a' });
  await tracker.flush();
  leave('navigation');
  await new Promise((done) => setTimeout(done, 100));
  expect(logs()).toEqual([{ event: 'a' }]);
  leave();
  await expect
    .poll(() => logs())
    .toEqual([{ event: 'a' }, { event: 'navigation' }, { event: 'page' }]);
});

test('events that plug-ins track at the end of a view belong to that view', async () => {
  let view = 'a';
  const one: Capture = {
    name: 'one',
    start(sink) {
      const stops = [
        sink.enrich(() => ({ view })),
        sink.on('leave', () => sink.track({ event: 'left' })),
        sink.on('view', () => {
          view = 'b';
        }),
      ];
      begin = () => sink.beginView();
      return () => {
        sink.track({ event: 'stopped' });
        for (const stop of stops) stop();
      };
    },
  };
  let begin = () => {};
  const tracker = start({ capture: [one], timeField: false });
  busy();
  tracker.track({ event: '1' });
  begin();
  tracker.track({ event: '2' });
  await tracker.shutdown();
  expect(logs()).toEqual([
    { event: '1', view: 'a' },
    { event: 'left', view: 'a' },
    { event: '2', view: 'b' },
    { event: 'stopped', view: 'b' },
  ]);
});

test('idle work that adds itself again does not run in an endless loop', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture] });
  busy();
  let ticks = 0;
  const tick = () => {
    ticks++;
    one.sink().whenIdle(tick);
  };
  one.sink().whenIdle(tick);
  leave();
  expect(ticks).toBe(1);
  await tracker.flush();
  expect(ticks).toBe(2);
});

test('flushInterval: 0 records events without waiting for idle time', async () => {
  const seen: string[] = [];
  const tracker = start({
    flushInterval: 0,
    beforeSend: (event) => {
      seen.push(String(event.event));
      return event;
    },
  });
  busy();
  tracker.track({ event: 'x' });
  expect(seen).toEqual(['x']);
});

test('only a few events wait for idle time, and none on a hidden page', async () => {
  const seen: string[] = [];
  const tracker = start({
    beforeSend: (event) => {
      seen.push(String(event.n));
      return event;
    },
  });
  busy();
  for (let n = 0; n < 50; n++) tracker.track({ event: 'x', n });
  expect(seen).toHaveLength(40);
  hide();
  leave();
  expect(seen).toHaveLength(50);
  tracker.track({ event: 'x', n: 50 });
  expect(seen).toEqual(Array.from({ length: 51 }, (_, n) => String(n)));
});

// Stands in for Firefox, which may end a script when the visitor navigates, and calls the page's handlers again.
test.each([
  ['', undefined],
  [', also with beforeSend', (event: Record<string, string>) => ({ ...event })],
])(
  'an event that is being recorded when the page is left is recorded then%s',
  async (_, beforeSend) => {
    const one = plugIn();
    const tracker = start({
      capture: [one.capture],
      timeField: false,
      seqField: 'seq',
      ...(beforeSend && { beforeSend }),
    });
    let isLeft = false;
    one.sink().enrich(() => {
      if (!isLeft) {
        isLeft = true;
        leave();
      }
      return {};
    });
    busy();
    tracker.track({ event: '1' });
    tracker.track({ event: '2' });
    await tracker.flush();
    const sent = logs().map(({ event, seq }) => `${event} ${seq}`);
    expect(sent).toEqual(['1 0', '2 1']);
  },
);
