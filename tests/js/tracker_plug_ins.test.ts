// What plug-ins, the page itself and its hooks add to an event, or take from it.
import { expect, test } from 'vitest';
import type { Capture, TrackEvent, Tracker } from '../../js/src/types.ts';
import { drops, endpoint, logs, plugIn, start } from './tracker_fixture.ts';

test('an event says what the page has registered and what the plug-ins say, unless it says it itself', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], timeField: false });
  tracker.register({ a: 'registered', b: 'registered', c: 'registered', d: 'registered' });
  tracker.register({ a: 'again', none: undefined });
  const end = one.sink().enrich(() => ({ b: 'plug-in', c: 'plug-in', e: 'plug-in' }));
  tracker.track({ event: 'x', c: 'own', n: 5 });
  end();
  tracker.reset();
  tracker.track({ event: 'y' });
  await tracker.flush();
  expect(logs()).toEqual([
    {
      event: 'x',
      a: 'again',
      b: 'registered',
      c: 'own',
      d: 'registered',
      e: 'plug-in',
      n: '5',
    },
    { event: 'y' },
  ]);
});

test('what was registered is read once', async () => {
  const tracker = start({ timeField: false });
  const fields = { a: 1, __topic__: 'x' };
  tracker.register(fields);
  fields.a = 2;
  tracker.track({ event: 'x' });
  await tracker.flush();
  expect(logs()).toEqual([{ event: 'x', a: '1' }]);
  expect(drops).toEqual([{ reason: 'reserved_field', events: 0, field: '__topic__' }]);
});

test('a plug-in whose fields fail costs nothing else', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], timeField: false });
  one.sink().enrich(() => {
    throw new Error('a mistake');
  });
  one.sink().enrich(() => ({ a: 'there' }));
  tracker.track({ event: 'x' });
  await tracker.flush();
  expect(logs()).toEqual([{ event: 'x', a: 'there' }]);
  expect(drops).toEqual([]);
});

test('identify says who it is from its event on, and reset that it is somebody else', async () => {
  const tracker = start({ timeField: false });
  tracker.track({ event: 'before' });
  tracker.identify('u1', { plan: 'pro', event: 'mine', n: 5 });
  tracker.track({ event: 'after' });
  tracker.identify(7 as never);
  tracker.reset();
  tracker.track({ event: 'anew' });
  await tracker.flush();
  expect(logs()).toEqual([
    { event: 'before' },
    { event: 'identify', plan: 'pro', n: '5', user_id: 'u1' },
    { event: 'after', user_id: 'u1' },
    { event: 'identify', user_id: '7' },
    { event: 'anew' },
  ]);
});

test('a plug-in that hears who it is says so itself', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], timeField: false });
  tracker.identify('u1');
  tracker.identify(7 as never);
  tracker.reset();
  await tracker.flush();
  expect(logs()).toEqual([
    { event: 'identify', user_id: 'u1' },
    { event: 'identify', user_id: '7' },
  ]);
  expect(one.log).toEqual([
    'start plug-in',
    'plug-in identify u1',
    'plug-in identify 7',
    'plug-in reset',
  ]);
});

test('of two plug-ins of one name the last one runs', () => {
  const [one, other, last] = [plugIn('a'), plugIn('b'), plugIn('a')];
  start({ capture: [one.capture, other.capture, last.capture] });
  expect([one.log, other.log, last.log]).toEqual([[], ['start b'], ['start a']]);
});

const closed = new Proxy(
  {},
  {
    ownKeys() {
      throw new Error('closed');
    },
  },
);
const trap = {
  get secret() {
    throw new Error('a getter');
  },
  plan: 'pro',
};

test('what the page says of itself throws nothing back', async () => {
  const tracker = start({ timeField: false });
  for (const wrong of [null, undefined, 5, 'text', () => 1]) {
    tracker.register(wrong as never);
  }
  tracker.register(closed);
  tracker.identify('u1', trap);
  tracker.identify('u2', closed);
  tracker.identify(undefined as never, null as never);
  await tracker.flush();
  expect(logs()).toEqual([
    { event: 'identify', plan: 'pro', user_id: 'u1' },
    { event: 'identify', user_id: 'u2' },
    { event: 'identify', user_id: 'u2' },
  ]);
  const invalid = { reason: 'invalid_event', events: 0 };
  expect(drops).toEqual([
    ...Array(6).fill(invalid),
    { reason: 'invalid_field', events: 0, field: 'secret' },
    ...Array(2).fill(invalid),
  ]);
});

test('what the screen keeps back is not counted, and what it loses is told', async () => {
  const tracker = start({
    rateLimit: 2,
    beforeSend: (event) => {
      if (event.n === 'throw') throw new Error('a mistake of the page');
      return event.n !== 'drop' && { ...event, changed: true };
    },
  });
  tracker.track({ event: 'a' });
  for (const n of ['throw', 'drop']) tracker.track({ event: 'b', n });
  for (let n = 0; n < 3; n++) tracker.track({ event: 'c', n });
  await tracker.flush();
  expect(endpoint.events).toEqual(['a', 'c', 'c']);
  expect(logs()[0]).toMatchObject({ changed: 'true' });
  expect(drops).toEqual([
    { reason: 'hook_failed', events: 1 },
    { reason: 'rate_limited', events: 1 },
  ]);
  expect(tracker.counts).toMatchObject({ tracked: 5, sent: 3, dropped: 2 });
  tracker.track({ event: 'd' });
  await tracker.flush();
  expect(endpoint.requests.at(-1)?.json.__tags__.dropped).toBe('hook_failed:1,rate_limited:1');
});

test('a beforeSend that tracks itself ends', async () => {
  const tracker: Tracker = start({
    rateLimit: 50,
    beforeSend: (event) => {
      tracker.track({ event: 'inner' });
      return event;
    },
  });
  tracker.track({ event: 'outer' });
  await tracker.flush();
  expect(endpoint.events).toHaveLength(51);
  expect(drops).toEqual([{ reason: 'rate_limited', events: 1 }]);
});

test('events of the screen are numbered without a gap', async () => {
  const tracker = start({
    seqField: 'seq',
    beforeSend: (event) => event.event !== 'unwanted' && event,
  });
  for (const event of ['a', 'unwanted', 'b']) tracker.track({ event });
  await tracker.flush();
  expect(logs().map(({ seq }) => seq)).toEqual(['0', '1']);
});

test('plug-ins tag every batch, and the page has the last word', async () => {
  const tags = (found: TrackEvent): Capture => ({
    ...plugIn(Object.keys(found).join()).capture,
    tags: () => found,
  });
  const broken: Capture = {
    ...plugIn().capture,
    tags() {
      throw new Error('an odd browser');
    },
  };
  const tracker = start({
    capture: [tags({ a: 'plug-in', b: 'plug-in' }), broken, tags({ c: 5, d: undefined })],
    tags: { b: 'page' },
  });
  tracker.track({ event: 'x' });
  await tracker.flush();
  expect(endpoint.requests[0]?.json.__tags__).toMatchObject({
    a: 'plug-in',
    b: 'page',
    c: '5',
  });
});
