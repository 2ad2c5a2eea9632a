// Cases that need full control of the page: endpoints that stall, cores that never load, pages that end at a bad
// moment. The browser tests check the rest against the collector.
import type { ServerResponse } from 'node:http';
import { expect, test, vi } from 'vitest';
import type { Core } from '../../../js/src/engine/batch/core.ts';
import type { TrackEvent, Tracker } from '../../../js/src/types.ts';
import { makeEvents } from '../../bench/events.ts';
import type { Request } from '../endpoint.ts';
import { shippedCore } from '../shipped_core.ts';
import { drops, endpoint, hide, host, leave, start, trackers } from '../tracker_fixture.ts';

const never = new Promise<Core>(() => {});

test('flush() sends one compressed request with the headers of the API', async () => {
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

test('a small body is a simple request, which needs no preflight', async () => {
  const tracker = start();
  tracker.track({ event: 'click' });
  await tracker.flush();
  const [{ path, headers }] = endpoint.requests as [Request];
  expect(path).toBe('/logstores/web/track?APIVersion=0.6.0');
  expect(headers['content-type']).toBe('text/plain;charset=UTF-8');
  expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
});

test('the default of compressAbove is where compressed requests become smaller than plain ones', async () => {
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
  // For one event plain requests are not larger, and they need no preflight.
  expect(plain).toBeLessThanOrEqual(compressed);
});

test('the batch ids of a tracker share one id and count from 0', async () => {
  const tracker = start({ flushCount: 2 });
  for (let n = 0; n < 6; n += 2) {
    tracker.track({ event: String(n) });
    tracker.track({ event: String(n + 1) });
    await tracker.flush();
  }
  const ids = endpoint.requests.map(({ json }) => json.__tags__.batch_id ?? '');
  const [id] = (ids[0] ?? '').split('-');
  expect(id).toMatch(/^[0-9a-z]{8,20}$/);
  expect(ids).toEqual([`${id}-0`, `${id}-1`, `${id}-2`]);
  expect(endpoint.events).toEqual(['0', '1', '2', '3', '4', '5']);
});

test('track() adds its time, unless the event has one or timeField is false', async () => {
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

test('while a batch waits to be sent, the next one grows to at most eight times flushCount', async () => {
  const tracker = start({ flushCount: 2 });
  await tracker.flush(); // loads the core
  for (let n = 0; n < 21; n++) tracker.track({ event: String(n) });
  await tracker.flush();
  expect(endpoint.requests.map(({ json }) => json.__logs__.length)).toEqual([2, 16, 3]);
  expect(endpoint.events).toEqual(Array.from({ length: 21 }, (_, n) => String(n)));
});

test('a batch is sealed by count, by bytes and by time', async () => {
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

test('events tracked before the core has loaded are sent in order', async () => {
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

test('a page that is left before the core has loaded sends one plain beacon', () => {
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

test('events are kept if sendBeacon() fails', async () => {
  vi.stubGlobal('navigator', { sendBeacon: () => false });
  let arrive: (core: Core) => void = () => {};
  const tracker = start({}, new Promise((resolve) => (arrive = resolve)));
  tracker.track({ event: 'a' });
  leave();
  arrive(await shippedCore());
  await tracker.flush();
  expect(endpoint.events).toEqual(['a']);
});

test('without a core events are sent uncompressed, otherwise unchanged', async () => {
  const tracker = start({ flushCount: 2 }, Promise.reject(new Error('no WebAssembly')));
  for (let n = 0; n < 5; n++) tracker.track({ event: String(n), text: 'a\0"\ud800' });
  await tracker.flush();
  expect(endpoint.events).toEqual(['0', '1', '2', '3', '4']);
  expect(endpoint.requests[0]?.headers['x-log-compresstype']).toBeUndefined();
  expect(endpoint.requests[0]?.json.__logs__[0]?.text).toBe('a\0"\ufffd');
  expect(tracker.counts).toMatchObject({ tracked: 5, sent: 5, dropped: 0 });
});

test('at most 4,096 events wait for the core, and the others are reported as queue_full', async () => {
  let arrive: (core: Core) => void = () => {};
  const tracker = start({}, new Promise((resolve) => (arrive = resolve)));
  for (let n = 0; n < 5000; n++) tracker.track({ event: String(n) });
  expect(drops).toHaveLength(5000 - 4096);
  expect(drops[0]).toEqual({ reason: 'queue_full', events: 1 });
  arrive(await shippedCore());
  await tracker.flush();
  expect(endpoint.events).toEqual(Array.from({ length: 4096 }, (_, n) => String(n)));
});

test('leaving the page sends the open batch and the waiting ones once', async () => {
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

test('leaving the page sends a body of at most 64 KiB at once, and the rest as usual', async () => {
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

test('a hidden page sends its events at the end of the task', async () => {
  const tracker = start();
  await tracker.flush();
  hide();
  tracker.track({ event: 'a' });
  tracker.track({ event: 'b' });
  await expect.poll(() => endpoint.requests.length).toBe(1);
  expect(endpoint.events).toEqual(['a', 'b']);
});

test('a hidden page without storage does not retry a failing endpoint before it is left', async () => {
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

test.each([null, undefined, 'text', 7, ['a'], () => 1])(
  '%o is dropped as invalid_event',
  async (event) => {
    const tracker = start();
    tracker.track(event as never);
    expect(drops).toEqual([{ reason: 'invalid_event', events: 1 }]);
    expect(tracker.counts).toMatchObject({ tracked: 1, dropped: 1 });
  },
);

test('an event whose keys cannot be read is dropped alone', async () => {
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

test('an event too large for a request is dropped alone', async () => {
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

test('a loss that happens inside onDrop is counted but not reported', () => {
  const tracker: Tracker = start({
    onDrop: (drop) => {
      drops.push(drop);
      tracker.track(null as never);
    },
  });
  tracker.track(null as never);
  expect(drops).toEqual([{ reason: 'invalid_event', events: 1 }]);
  expect(tracker.counts).toMatchObject({ tracked: 2, dropped: 2 });
});

test('onDrop may track an event for each drop while the endpoint stalls', async () => {
  const held: ServerResponse[] = [];
  endpoint.answer = (response) => held.push(response);
  const noise = Array.from({ length: 50_000 }, () =>
    String.fromCharCode(33 + 90 * Math.random()),
  ).join('');
  const tracker: Tracker = start({
    flushBytes: 1_000,
    outboxBytes: 262_144,
    onDrop: (drop) => {
      drops.push(drop);
      tracker.track({ event: 'drop', noise });
    },
  });
  await tracker.flush();
  for (let n = 0; n < 10; n++) tracker.track({ event: String(n), noise });
  await expect.poll(() => drops.length).toBeGreaterThan(0);
  await expect.poll(() => held.length).toBeGreaterThan(0);
  endpoint.answer = (response) => response.end();
  for (const response of held) response.end();
  // onDrop may track its last event after a flush.
  const unsettled = async () => {
    await tracker.flush();
    const { tracked, sent, dropped } = tracker.counts;
    return tracked - sent - dropped;
  };
  await expect.poll(unsettled).toBe(0);
  expect(tracker.counts.tracked).toBe(10 + drops.length);
  expect(endpoint.events).toHaveLength(tracker.counts.sent);
});

test('an event whose own time is undefined gets the time of the call', async () => {
  const tracker = start();
  tracker.track({ event: 'a', ts: undefined });
  await tracker.flush();
  expect(Number(endpoint.requests[0]?.json.__logs__[0]?.ts)).toBeGreaterThan(0);
});

test('without a core many large events are sent in bodies within the limit of the endpoint', async () => {
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

test('an onDrop hook that throws loses no other event', async () => {
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

test('shutdown() sends earlier events, and later ones are dropped', async () => {
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
