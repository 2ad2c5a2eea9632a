// Fields and tags that plug-ins, register(), identify() and beforeSend add or remove.
import { expect, test } from 'vitest';
import type { Capture, TrackEvent, Tracker } from '../../../js/src/types.ts';
import { drops, endpoint, logs, plugIn, start } from '../tracker_fixture.ts';

test('own fields take precedence over registered ones, and those over fields of plug-ins', async () => {
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

test('changing registered fields later has no effect, and reserved names are reported', async () => {
  const tracker = start({ timeField: false });
  const fields = { a: 1, __topic__: 'x' };
  tracker.register(fields);
  fields.a = 2;
  tracker.track({ event: 'x' });
  await tracker.flush();
  expect(logs()).toEqual([{ event: 'x', a: '1' }]);
  expect(drops).toEqual([{ reason: 'reserved_field', events: 0, field: '__topic__' }]);
});

test('a plug-in whose enrich() throws does not affect the event or other plug-ins', async () => {
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

test('identify() sets user_id on its own and later events until reset()', async () => {
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

test('plug-ins are notified of identify() and reset()', async () => {
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

test('if two plug-ins share a name, only the last one runs', () => {
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

test('register() and identify() with invalid values do not throw and are reported', async () => {
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

test('events that beforeSend discards are not counted, and failed or limited ones are reported', async () => {
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

test('a beforeSend that calls track() is ended by rateLimit', async () => {
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

test('seq has no gap for events that beforeSend discards', async () => {
  const tracker = start({
    seqField: 'seq',
    beforeSend: (event) => event.event !== 'unwanted' && event,
  });
  for (const event of ['a', 'unwanted', 'b']) tracker.track({ event });
  await tracker.flush();
  expect(logs().map(({ seq }) => seq)).toEqual(['0', '1']);
});

test('plug-ins add tags to a batch, and tags of the page take precedence', async () => {
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
