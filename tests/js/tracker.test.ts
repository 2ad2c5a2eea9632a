// What only a tracker with its hands tied shows: endpoints that stall, cores that never come, pages that
// end at the wrong moment. The browser tests show the rest against the collector.
import type { ServerResponse } from 'node:http';
import { expect, test, vi } from 'vitest';
import type { Core } from '../../js/src/core.ts';
import type { Capture, Sink, TrackEvent, Tracker } from '../../js/src/types.ts';
import { makeEvents } from '../bench/events.ts';
import type { Request } from './endpoint.ts';
import { shippedCore } from './shipped_core.ts';
import {
  busy,
  drops,
  endpoint,
  hide,
  host,
  leave,
  show,
  start,
  trackers,
} from './tracker_fixture.ts';

const never = new Promise<Core>(() => {});

test('sends one request with the headers of the call', async () => {
  const tracker = start({ source: 's', topic: 't', tags: { release: '7' } });
  for (let n = 0; n < 50; n++) tracker.track({ event: 'click', n });
  await tracker.flush();
  expect(endpoint.requests).toHaveLength(1);
  const [request] = endpoint.requests as [Request];
  expect(request.path).toBe('/logstores/web/track');
  expect(request.headers).toMatchObject({
    'x-log-apiversion': '0.6.0',
    'x-log-compresstype': 'lz4',
    'content-type': 'application/json',
  });
  expect(request.json).toMatchObject({
    __source__: 's',
    __topic__: 't',
    __tags__: { release: '7' },
  });
  expect(request.json.__logs__).toHaveLength(50);
  expect(tracker.counts).toMatchObject({ tracked: 50, sent: 50, dropped: 0 });
  expect(tracker.counts.rawBytes).toBe(Number(request.headers['x-log-bodyrawsize']));
  expect(tracker.counts.wireBytes).toBe(Number(request.headers['content-length']));
});

test('a small body is a simple request, for which no browser asks first', async () => {
  const tracker = start();
  tracker.track({ event: 'click' });
  await tracker.flush();
  const [{ path, headers }] = endpoint.requests as [Request];
  expect(path).toBe('/logstores/web/track?APIVersion=0.6.0');
  expect(headers['content-type']).toBe('text/plain;charset=UTF-8');
  expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
});

test('compressAbove stands where compressed requests become the smaller ones', async () => {
  const workload = makeEvents(60, false);
  const bytesOf = async (events: TrackEvent[], compressAbove?: number) => {
    const tracker = start(compressAbove === undefined ? {} : { compressAbove });
    for (const event of events) tracker.track(event);
    await tracker.flush();
    const { path, headers } = endpoint.requests.pop() as Request;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return path.length + lines.join('').length + Number(headers['content-length']);
  };
  let [plain, compressed] = [0, 0];
  for (let at = 0; at < workload.length; at += 2) {
    const [one, two] = [workload.slice(at, at + 1), workload.slice(at, at + 2)];
    plain += await bytesOf(one);
    compressed += await bytesOf(one, 0);
    expect(await bytesOf(two)).toBeLessThan(await bytesOf(two, 2_800_000));
  }
  // One event: no more bytes, and no preflight.
  expect(plain).toBeLessThanOrEqual(compressed);
});

test('batches of a tracker are numbered from 0 under one id', async () => {
  const tracker = start({ flushCount: 2 });
  for (let n = 0; n < 6; n += 2) {
    tracker.track({ event: String(n) });
    tracker.track({ event: String(n + 1) });
    await tracker.flush();
  }
  const ids = endpoint.requests.map(({ json }) => json.__tags__.batch_id ?? '');
  const [id] = (ids[0] ?? '').split('-');
  expect(id).toMatch(/^[0-9a-z]{8,14}$/);
  expect(ids).toEqual([`${id}-0`, `${id}-1`, `${id}-2`]);
  expect(endpoint.events).toEqual(['0', '1', '2', '3', '4', '5']);
});

test('adds the time of the call, unless the event has it or the option says no', async () => {
  const before = Date.now();
  const tracker = start();
  tracker.track({ event: 'a' });
  tracker.track({ event: 'b', ts: 'mine' });
  await tracker.flush();
  const [a, b] = endpoint.requests[0]?.json.__logs__ ?? [];
  expect(Number(a?.ts)).toBeGreaterThanOrEqual(before);
  expect(Number(a?.ts)).toBeLessThanOrEqual(Date.now());
  expect(b?.ts).toBe('mine');

  const without = start({ timeField: false });
  without.track({ event: 'c' });
  await without.flush();
  expect(endpoint.requests[1]?.json.__logs__).toEqual([{ event: 'c' }]);
});

test('while a batch waits to be sent the next one grows, to eight times its size', async () => {
  const tracker = start({ flushCount: 2 });
  await tracker.flush(); // the core is there
  for (let n = 0; n < 21; n++) tracker.track({ event: String(n) });
  await tracker.flush();
  expect(endpoint.requests.map(({ json }) => json.__logs__.length)).toEqual([2, 16, 3]);
  expect(endpoint.events).toEqual(Array.from({ length: 21 }, (_, n) => String(n)));
});

test('seals by count, by bytes and by time', async () => {
  const byCount = start({ flushCount: 3 });
  for (let n = 0; n < 4; n++) byCount.track({ event: `count ${n}` });
  await expect.poll(() => endpoint.events.length).toBe(3);

  const byBytes = start({ flushBytes: 1000 });
  byBytes.track({ event: 'bytes', text: 'x'.repeat(1000) });
  await expect.poll(() => endpoint.events).toContain('bytes');

  const byTime = start({ flushInterval: 0 });
  byTime.track({ event: 'time' });
  await expect.poll(() => endpoint.events).toContain('time');
});

test('events that come before the core are kept in their order', async () => {
  let arrive: (core: Core) => void = () => {};
  const tracker = start({}, new Promise((resolve) => (arrive = resolve)));
  for (let n = 0; n < 5; n++) tracker.track({ event: String(n) });
  arrive(await shippedCore());
  const flushed = tracker.flush();
  await flushed;
  tracker.track({ event: '5' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['0', '1', '2', '3', '4', '5']);
  expect(endpoint.requests[0]?.json.__tags__.batch_id).toMatch(/-0$/);
});

test('a page that ends before the core came sends a plain beacon', () => {
  const beacons: [string, Blob][] = [];
  vi.stubGlobal('navigator', {
    sendBeacon: (url: string, body: Blob) => beacons.push([url, body]) > 0,
  });
  const tracker = start({ topic: 't' }, never);
  trackers.pop(); // its flush would wait for the core
  tracker.track({ event: 'a' });
  leave();
  leave();
  expect(beacons).toHaveLength(1);
  const [[url, body]] = beacons as [[string, Blob]];
  expect(url).toBe(`${host}/logstores/web/track?APIVersion=0.6.0`);
  expect(body.type).toBe('text/plain;charset=utf-8');
  expect(tracker.counts).toMatchObject({ tracked: 1, sent: 1 });
});

test('a beacon that is refused keeps the events', async () => {
  vi.stubGlobal('navigator', { sendBeacon: () => false });
  let arrive: (core: Core) => void = () => {};
  const tracker = start({}, new Promise((resolve) => (arrive = resolve)));
  tracker.track({ event: 'a' });
  leave();
  arrive(await shippedCore());
  await tracker.flush();
  expect(endpoint.events).toEqual(['a']);
});

test('without a core events go plain, and nothing else changes', async () => {
  const tracker = start({ flushCount: 2 }, Promise.reject(new Error('no WebAssembly')));
  for (let n = 0; n < 5; n++) tracker.track({ event: String(n), text: 'a\0"\ud800' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['0', '1', '2', '3', '4']);
  expect(endpoint.requests[0]?.headers['x-log-compresstype']).toBeUndefined();
  expect(endpoint.requests[0]?.json.__logs__[0]?.text).toBe('a\0"\ufffd');
  expect(tracker.counts).toMatchObject({ tracked: 5, sent: 5, dropped: 0 });
});

test('the waiting room is bounded and says what it turned away', async () => {
  let arrive: (core: Core) => void = () => {};
  const tracker = start({}, new Promise((resolve) => (arrive = resolve)));
  for (let n = 0; n < 5000; n++) tracker.track({ event: String(n) });
  expect(drops).toHaveLength(5000 - 4096);
  expect(drops[0]).toEqual({ reason: 'queue_full', events: 1 });
  arrive(await shippedCore());
  await tracker.flush();
  expect(endpoint.events).toEqual(Array.from({ length: 4096 }, (_, n) => String(n)));
});

test('leaving sends what is open and what waits, once', async () => {
  const held: ServerResponse[] = [];
  endpoint.answer = (response) => held.push(response);
  const tracker = start({ flushCount: 2 });
  await tracker.flush();
  for (let n = 0; n < 7; n++) tracker.track({ event: String(n) });
  await expect.poll(() => endpoint.events).toEqual(['0', '1']);
  leave();
  leave();
  await expect.poll(() => endpoint.events.length).toBe(7);
  expect([...endpoint.events].sort()).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  endpoint.answer = (response) => response.end();
  for (const response of held) response.end();
  await tracker.flush();
  expect(tracker.counts).toMatchObject({ sent: 7, dropped: 0 });
});

test('leaving sends what the quota of 64 KiB holds at once, and the rest as usual', async () => {
  const held: ServerResponse[] = [];
  endpoint.answer = (response) => held.push(response);
  const tracker = start({ flushCount: 4096, flushBytes: 2_800_000 });
  await tracker.flush();
  const noise = () =>
    Array.from({ length: 500 }, () => String.fromCharCode(97 + 26 * Math.random())).join('');
  for (let n = 0; n < 400; n++) tracker.track({ event: String(n), noise: noise() });
  leave();
  await expect.poll(() => held.length).toBeGreaterThan(0);
  const atOnce = Number(endpoint.requests[0]?.headers['content-length']);
  expect(atOnce).toBeLessThanOrEqual(65_536);
  expect(atOnce).toBeGreaterThan(64_000);
  endpoint.answer = (response) => response.end();
  for (const response of held) response.end();
  await tracker.flush();
  expect(endpoint.events).toEqual(Array.from({ length: 400 }, (_, n) => String(n)));
});

test('on a hidden page events leave at the end of the task', async () => {
  const tracker = start();
  await tracker.flush();
  hide();
  tracker.track({ event: 'a' });
  tracker.track({ event: 'b' });
  await expect.poll(() => endpoint.requests.length).toBe(1);
  expect(endpoint.events).toEqual(['a', 'b']);
});

test('a hidden page that keeps nothing leaves a failing endpoint alone until it goes', async () => {
  endpoint.answer = (response) => response.writeHead(503, { 'retry-after': '600' }).end();
  const tracker = start();
  tracker.track({ event: '0' });
  await tracker.flush();
  hide();
  for (let n = 1; n < 5; n++) {
    tracker.track({ event: String(n) });
    await tracker.flush();
  }
  expect(endpoint.requests).toHaveLength(1);
  endpoint.answer = (response) => response.end();
  leave();
  await expect.poll(() => tracker.counts.sent).toBe(5);
});

test.each([null, undefined, 'text', 7, ['a'], () => 1])('%o is no event', async (event) => {
  const tracker = start();
  tracker.track(event as never);
  expect(drops).toEqual([{ reason: 'invalid_event', events: 1 }]);
  expect(tracker.counts).toMatchObject({ tracked: 1, dropped: 1 });
});

test('an event that cannot be looked into costs itself alone', async () => {
  const tracker = start();
  const closed = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('closed');
      },
    },
  );
  tracker.track({ event: 'a' });
  tracker.track(closed);
  tracker.track({ event: 'b', __topic__: 'x' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
  expect(drops).toEqual([
    { reason: 'invalid_event', events: 1 },
    { reason: 'reserved_field', events: 0, field: '__topic__' },
  ]);
});

test('an event too large for any request costs itself alone', async () => {
  const tracker = start();
  await tracker.flush();
  tracker.track({ event: 'a' });
  tracker.track({ event: 'large', text: 'x'.repeat(3_000_000) });
  tracker.track({ event: 'larger', text: 'x'.repeat(11_000_000) });
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
  expect(drops).toEqual([
    { reason: 'too_large', events: 1 },
    { reason: 'too_large', events: 1 },
  ]);
});

test('a hook that tracks what it hears does not go round for ever', async () => {
  const held: ServerResponse[] = [];
  endpoint.answer = (response) => held.push(response);
  const noise = Array.from({ length: 700_000 }, () => String.fromCharCode(33 + 90 * Math.random()));
  const tracker: Tracker = start({
    flushCount: 1,
    onDrop: (drop) => {
      drops.push(drop);
      tracker.track({ event: 'drop', noise: noise.join('') });
    },
  });
  await tracker.flush();
  for (let n = 0; n < 10; n++) tracker.track({ event: String(n), noise: noise.join('') });
  expect(drops.length).toBeGreaterThan(0);
  expect(tracker.counts.tracked).toBe(10 + drops.length);
  await expect.poll(() => held.length).toBeGreaterThan(0);
  endpoint.answer = (response) => response.end();
  for (const response of held) response.end();
  await tracker.flush();
  const { tracked, sent, dropped } = tracker.counts;
  expect(sent + dropped).toBe(tracked);
  expect(endpoint.events).toHaveLength(sent);
});

test('an event whose own time says nothing gets one', async () => {
  const tracker = start();
  tracker.track({ event: 'a', ts: undefined });
  await tracker.flush();
  expect(Number(endpoint.requests[0]?.json.__logs__[0]?.ts)).toBeGreaterThan(0);
});

test('without a core a large wait leaves in bodies that the endpoint takes', async () => {
  const tracker = start(
    { flushBytes: 2_800_000, outboxBytes: 2 ** 24 },
    Promise.reject(new Error('no WebAssembly')),
  );
  await tracker.flush();
  for (let n = 0; n < 5; n++) tracker.track({ event: String(n), text: '日'.repeat(300_000) });
  tracker.track({ event: 'large', text: '\u0001'.repeat(600_000) });
  await tracker.flush();
  expect(endpoint.events).toEqual(['0', '1', '2', '3', '4']);
  for (const { headers } of endpoint.requests) {
    expect(Number(headers['content-length'])).toBeLessThanOrEqual(2_800_000);
  }
  expect(drops).toEqual([{ reason: 'too_large', events: 1 }]);
});

test('a hook that throws harms nobody', async () => {
  const tracker = start({
    onDrop() {
      throw new Error('a mistake of the page');
    },
  });
  tracker.track(null as never);
  tracker.track({ event: 'a', __time__: 1 });
  await tracker.flush();
  expect(endpoint.events).toEqual(['a']);
});

test('after shutdown nothing is sent any more, and what came before is', async () => {
  const tracker = start();
  tracker.track({ event: 'a' });
  const shutdown = tracker.shutdown();
  tracker.track({ event: 'late' });
  await shutdown;
  await tracker.shutdown();
  leave();
  await tracker.flush();
  expect(endpoint.events).toEqual(['a']);
  expect(drops).toEqual([{ reason: 'shut_down', events: 1 }]);
});

/** A plug-in that hands out its sink, and notes what becomes of it. */
function plugIn(name = 'plug-in', log: string[] = []) {
  const seen: { sink?: Sink } = {};
  const capture: Capture = {
    name,
    start(sink) {
      seen.sink = sink;
      log.push(`start ${name}`);
      const moments = ['leave', 'view', 'granted', 'identify', 'reset'] as const;
      const ends = moments.map((moment) =>
        sink.on(moment, (...news: string[]) => void log.push([name, moment, ...news].join(' '))),
      );
      return () => {
        for (const end of ends) end();
        log.push(`stop ${name}`);
      };
    },
    erase: () => void log.push(`erase ${name}`),
  };
  return { capture, log, sink: () => seen.sink as Sink };
}

const logs = () => endpoint.requests.flatMap(({ json }) => json.__logs__);

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

test('who it was is forgotten with the consent', async () => {
  const tracker = start({ timeField: false });
  tracker.register({ shop: 'north' });
  tracker.identify('u1');
  tracker.setConsent('denied');
  tracker.identify('u2');
  tracker.setConsent('granted');
  tracker.track({ event: 'x' });
  await tracker.flush();
  expect(logs()).toEqual([
    { event: 'identify', shop: 'north', user_id: 'u1' },
    { event: 'x', shop: 'north' },
  ]);
});

test('of two plug-ins of one name the last one runs', () => {
  const [one, other, last] = [plugIn('a'), plugIn('b'), plugIn('a')];
  start({ capture: [one.capture, other.capture, last.capture] });
  expect([one.log, other.log, last.log]).toEqual([[], ['start b'], ['start a']]);
});

test('a prerendered page records nothing until it is shown', async () => {
  const one = plugIn();
  const tracker = start(
    { capture: [one.capture], timeField: false, flushCount: 1 },
    undefined,
    true,
  );
  tracker.track({ event: 'early' });
  expect(one.log).toEqual([]);
  expect(endpoint.requests).toEqual([]);
  show();
  one.sink().track({ event: 'shown' });
  await tracker.flush();
  expect(logs()).toEqual([{ event: 'early' }, { event: 'shown' }]);
  expect(one.log).toEqual(['start plug-in']);
});

test('what it says of the visitor meanwhile is heard then', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], consent: 'pending' }, undefined, true);
  tracker.identify('u1');
  tracker.reset();
  tracker.setConsent('granted');
  tracker.identify('u2');
  expect(one.log).toEqual([]);
  show();
  expect(one.log).toEqual([
    'start plug-in',
    'plug-in identify u1',
    'plug-in reset',
    'plug-in granted',
    'plug-in identify u2',
  ]);
  await tracker.flush();
  expect(logs().map(({ event, user_id }) => [event, user_id])).toEqual([
    ['identify', 'u1'],
    ['identify', 'u2'],
  ]);
});

test('who denies is erased, whether anything runs or not', () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], consent: 'denied' });
  expect(one.log).toEqual(['erase plug-in']);
  tracker.setConsent('granted');
  tracker.setConsent('denied');
  expect(one.log.slice(1)).toEqual([
    'start plug-in',
    'plug-in granted',
    'stop plug-in',
    'erase plug-in',
  ]);
  const other = plugIn('other');
  start({ capture: [other.capture] }, undefined, true).setConsent('denied');
  expect(other.log).toEqual(['erase other']);
});

test('consent that is taken back by the hook ends what waits', async () => {
  const tracker = start({
    consent: 'pending',
    beforeSend: (event) => {
      if (event.event === 'b') tracker.setConsent('denied');
      return event;
    },
  });
  for (const event of ['a', 'b', 'c']) tracker.track({ event });
  tracker.setConsent('granted');
  expect(tracker.counts).toMatchObject({ tracked: 2, dropped: 0 });
  await tracker.flush();
  expect(endpoint.events).not.toContain('c');
});

test('one that nobody ever sees sends nothing', async () => {
  const tracker = start({}, undefined, true);
  tracker.track({ event: 'early' });
  leave();
  await tracker.shutdown();
  expect(endpoint.requests).toEqual([]);
});

test('what waits for consent is completed with what is known then', async () => {
  const one = plugIn();
  const tracker = start({
    capture: [one.capture],
    consent: 'pending',
    timeField: false,
    beforeSend: (event) => ({ ...event, seen: event.who ?? 'nobody' }),
  });
  const { consent } = one.sink();
  expect(consent).toBe('pending');
  one
    .sink()
    .enrich(() => (one.sink().consent === 'granted' ? { who: 'v1', page: 'b' } : { page: 'a' }));
  tracker.track({ event: 'x' });
  tracker.setConsent('granted');
  await tracker.flush();
  expect(logs()).toEqual([{ event: 'x', page: 'a', who: 'v1', seen: 'v1' }]);
});

test('a plug-in knows that consent was denied before, and says when something happened', async () => {
  const one = plugIn();
  const tracker = start({ capture: [one.capture], consent: 'denied' });
  tracker.setConsent('granted');
  expect(one.sink().isLate).toBe(true);
  one.sink().track({ event: 'x' }, { time: 1_700_000_000_000 });
  await tracker.flush();
  expect(logs()).toMatchObject([{ event: 'x', ts: '1700000000000' }]);
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

test.each([true, 'yes', null, undefined, {}])(
  'consent in the words of %o is none, and told',
  async (wrong) => {
    const notices: unknown[] = [];
    const tracker = start({ onNotice: (notice) => notices.push(notice) });
    tracker.track({ event: 'before' });
    tracker.setConsent(wrong as never);
    tracker.track({ event: 'after' });
    await tracker.flush();
    expect(logs().map(({ event }) => event)).toEqual(['before']);
    expect(notices).toEqual([{ kind: 'invalid_consent' }]);
    tracker.setConsent('granted');
    tracker.track({ event: 'agreed' });
    await tracker.flush();
    expect(logs().map(({ event }) => event)).toEqual(['before', 'agreed']);
  },
);

test('a page that hears of it may say the right word', async () => {
  const tracker = start({ onNotice: () => tracker.setConsent('granted') });
  tracker.setConsent('yes' as never);
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(logs().map(({ event }) => event)).toEqual(['a']);
});

test('while the page is busy events wait, in their order, and with what was true of them', async () => {
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
  const idle = busy();
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
  idle();
  expect(seen).toContain('3');
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

test('what plug-ins say at the end of a view, and of the tracker, belongs to it', async () => {
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

test('a plug-in that asks for idle time again and again keeps nobody', async () => {
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

test('without any wait between events and batches events do not wait either', async () => {
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

test('of many events few wait, and none for a page that is hidden', async () => {
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

test('before the consent nothing is loaded or sent; then all of it, as it was', async () => {
  const one = plugIn();
  const loading = vi.fn(shippedCore);
  const tracker = start({ capture: [one.capture], consent: 'pending' }, loading);
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 });
  tracker.track({ event: 'a' });
  vi.setSystemTime(2_000);
  one.sink().track({ event: 'long_task', duration_ms: 60 });
  vi.useRealTimers();
  leave();
  await tracker.flush();
  expect(loading).not.toHaveBeenCalled();
  expect(one.sink().consent).toBe('pending');
  expect(tracker.counts).toMatchObject({ tracked: 2, sent: 0, dropped: 0 });
  tracker.setConsent('granted');
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(loading).toHaveBeenCalledTimes(1);
  expect(logs()).toMatchObject([
    { event: 'a', ts: '1000' },
    { event: 'long_task', ts: '2000', duration_ms: '60' },
    { event: 'b' },
  ]);
  expect(one.log).toEqual(['start plug-in', 'plug-in leave', 'plug-in granted']);
  expect(tracker.counts).toMatchObject({ tracked: 3, sent: 3, dropped: 0 });
});

test('so many events wait for the consent, and it is told what is turned away', async () => {
  const tracker = start({ consent: 'pending' });
  for (let n = 0; n < 1_003; n++) tracker.track({ event: String(n) });
  expect(drops).toEqual(Array(3).fill({ reason: 'queue_full', events: 1 }));
  tracker.setConsent('granted');
  await tracker.flush();
  expect(endpoint.events).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)));
});

test('without consent nothing is recorded or counted, and the plug-ins end, the last one first', async () => {
  const log: string[] = [];
  const [one, other] = [plugIn('one', log), plugIn('other', log)];
  const loading = vi.fn(shippedCore);
  const tracker = start({ capture: [one.capture, other.capture], consent: 'pending' }, loading);
  tracker.track({ event: 'a' });
  tracker.setConsent('denied');
  tracker.track({ event: 'b' });
  other.sink().track({ event: 'long_task', duration_ms: 60 });
  tracker.identify('u1');
  await tracker.flush();
  expect(log).toEqual([
    'start one',
    'start other',
    'stop other',
    'stop one',
    'erase one',
    'erase other',
  ]);
  expect(loading).not.toHaveBeenCalled();
  expect(tracker.counts).toMatchObject({ tracked: 0, sent: 0, dropped: 0 });
  expect(drops).toEqual([]);

  log.length = 0;
  tracker.setConsent('granted');
  tracker.track({ event: 'c' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['c']);
  expect(log.filter((line) => line.startsWith('start'))).toEqual(['start one', 'start other']);
});

test('what was recorded with consent is sent when it is withdrawn', async () => {
  const tracker = start();
  tracker.track({ event: 'a' });
  tracker.setConsent('denied');
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['a']);
  expect(tracker.counts).toMatchObject({ tracked: 1, sent: 1, dropped: 0 });
});

test('a consent that is put off again holds back what comes after', async () => {
  const tracker = start();
  tracker.track({ event: 'a' });
  tracker.setConsent('pending');
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['a']);
  tracker.setConsent('granted');
  await tracker.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
});

test('a tracker that is shut down before the consent says what it has not sent', async () => {
  const tracker = start({ consent: 'pending' });
  tracker.track({ event: 'a' });
  tracker.track({ event: 'b' });
  await tracker.shutdown();
  tracker.setConsent('granted');
  await tracker.flush();
  expect(drops).toEqual([{ reason: 'shut_down', events: 2 }]);
  expect(tracker.counts).toMatchObject({ tracked: 2, sent: 0, dropped: 2 });
  expect(endpoint.requests).toEqual([]);
});

test('no consent overrules what the browser asks for', async () => {
  vi.stubGlobal('navigator', { globalPrivacyControl: true });
  const one = plugIn();
  const tracker = start({ honorGpc: true, consent: 'granted', capture: [one.capture] });
  tracker.track({ event: 'a' });
  tracker.setConsent('granted');
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(one.log).toEqual(['erase plug-in']);
  expect(endpoint.requests).toEqual([]);
  expect(tracker.counts).toMatchObject({ tracked: 0, sent: 0, dropped: 0 });
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
