// How delivery reacts to each answer of an endpoint. The browser tests check the same against the collector.
import type { ServerResponse } from 'node:http';
import { expect, test, vi } from 'vitest';
import type { Answer, Request } from '../../endpoint.ts';
import { drops, endpoint, leave, notices, start } from '../../tracker_fixture.ts';

const refuse =
  (status: number, errorCode?: string, headers = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(
      errorCode ? JSON.stringify({ errorCode, errorMessage: '' }) : '<html>no JSON</html>',
    );
  };

test('a 404 with LogStoreNotExist stops delivery, and nothing is lost', async () => {
  endpoint.answer = refuse(404, 'LogStoreNotExist');
  const tracker = start();
  tracker.track({ event: 'a' });
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(notices).toEqual([{ kind: 'stopped', status: 404, errorCode: 'LogStoreNotExist' }]);
  tracker.track({ event: 'c' });
  await tracker.flush();
  expect(endpoint.requests).toHaveLength(1);
  expect(drops).toEqual([]);
});

test('a batch that gets 503 is sent again under the same id until it is stored', async () => {
  endpoint.answer = (response) => {
    if (endpoint.requests.length < 3) refuse(503, 'ServerBusy')(response);
    else response.end();
  };
  const tracker = start();
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(endpoint.requests).toHaveLength(1);
  await expect.poll(() => tracker.counts.sent, { timeout: 5_000 }).toBe(1);
  expect(endpoint.requests).toHaveLength(3);
  expect(new Set(endpoint.requests.map(({ json }) => json.__tags__.batch_id)).size).toBe(1);
});

test('earlier 503 answers do not count as refusals of a batch', async () => {
  const refusals = [refuse(503), refuse(503), refuse(400, 'SomethingNew')];
  endpoint.answer = (response) => (refusals.shift() ?? ((fine) => fine.end()))(response);
  const tracker = start();
  tracker.track({ event: 'a' });
  void tracker.flush();
  await expect.poll(() => tracker.counts.sent, { timeout: 8_000 }).toBe(1);
  expect(endpoint.requests).toHaveLength(4);
  expect(drops).toEqual([]);
});

test('a batch that gets 413 is cut in halves, each is stored under its own id', async () => {
  endpoint.answer = (response) => {
    const { json } = endpoint.requests.at(-1) as Request;
    if (json.__logs__.length > 2) refuse(413, 'PostBodyTooLarge')(response);
    else response.end();
  };
  const tracker = start({ topic: 't', tags: { release: '7' } });
  for (let n = 0; n < 7; n++) tracker.track({ event: String(n) });
  await tracker.flush();
  const accepted = endpoint.requests.filter(({ json }) => json.__logs__.length <= 2);
  expect(accepted.flatMap(({ json }) => json.__logs__.map(({ event }) => event))).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
  ]);
  expect(new Set(accepted.map(({ json }) => json.__tags__.batch_id)).size).toBe(accepted.length);
  for (const { json } of accepted) {
    expect(json).toMatchObject({ __topic__: 't', __tags__: { release: '7' } });
  }
  expect(tracker.counts).toMatchObject({ tracked: 7, sent: 7, dropped: 0 });
});

test('only the event that the endpoint refuses is lost from a batch', async () => {
  endpoint.answer = (response) => {
    const { json } = endpoint.requests.at(-1) as Request;
    if (json.__logs__.some(({ event }) => event === '5')) refuse(400, 'PostBodyInvalid')(response);
    else response.end();
  };
  const tracker = start();
  for (let n = 0; n < 11; n++) tracker.track({ event: String(n) });
  await tracker.flush();
  expect(drops).toEqual([
    { reason: 'rejected', events: 1, status: 400, errorCode: 'PostBodyInvalid' },
  ]);
  expect(tracker.counts).toMatchObject({ tracked: 11, sent: 10, dropped: 1 });
  tracker.track({ event: 'next' });
  await tracker.flush();
  expect(endpoint.requests.at(-1)?.json.__tags__.dropped).toBe('rejected:1');
});

test('an endpoint that cannot read LZ4 gets plain bodies from then on', async () => {
  endpoint.answer = (response) => {
    const compressed = endpoint.requests.at(-1)?.headers['x-log-compresstype'] !== undefined;
    if (compressed) refuse(400, 'PostBodyUncompressError')(response);
    else response.end();
  };
  const tracker = start({ compressAbove: 0 });
  for (let n = 0; n < 9; n++) tracker.track({ event: String(n) });
  await tracker.flush();
  for (let n = 0; n < 9; n++) tracker.track({ event: String(n) });
  await tracker.flush();
  expect(endpoint.requests.map(({ headers }) => headers['x-log-compresstype'])).toEqual([
    'lz4',
    undefined,
    undefined,
  ]);
  expect(tracker.counts).toMatchObject({ sent: 18, dropped: 0 });
});

test('an unreachable endpoint drops no event', async () => {
  endpoint.close();
  const tracker = start();
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(drops).toEqual([]);
  expect(tracker.counts).toMatchObject({ tracked: 1, sent: 0, dropped: 0 });
});

test('zlib can read deflate bodies', async () => {
  const tracker = start({ compression: 'deflate' });
  for (let n = 0; n < 50; n++) tracker.track({ event: String(n) });
  await tracker.flush();
  expect(endpoint.requests[0]?.headers['x-log-compresstype']).toBe('deflate');
  expect(endpoint.events).toHaveLength(50);
});

test('a high-priority event is sent before waiting events', async () => {
  const held: ServerResponse[] = [];
  endpoint.answer = (response) => held.push(response);
  const tracker = start({ flushCount: 1 });
  await tracker.flush();
  tracker.track({ event: 'first' });
  await expect.poll(() => held.length).toBe(1);
  tracker.track({ event: 'normal' });
  tracker.track({ event: 'high' }, { priority: 'high' });
  endpoint.answer = (response) => response.end();
  for (const response of held) response.end();
  await tracker.flush();
  expect(endpoint.events).toEqual(['first', 'high', 'normal']);
});

test('outboxBytes limits the events that wait for an endpoint that stalls', async () => {
  const held: ServerResponse[] = [];
  endpoint.answer = (response) => held.push(response);
  const tracker = start({ flushCount: 1, outboxBytes: 4 * 1024 * 1024 });
  await tracker.flush();
  const noise = Array.from({ length: 700_000 }, () => String.fromCharCode(33 + 90 * Math.random()));
  for (let n = 0; n < 10; n++) tracker.track({ event: String(n), noise: noise.join('') });
  await expect.poll(() => drops.length).toBeGreaterThan(0);
  await expect.poll(() => held.length).toBeGreaterThan(0);
  const dropped = drops.length;
  expect(new Set(drops.map(({ reason }) => reason))).toEqual(new Set(['queue_full']));
  endpoint.answer = (response) => response.end();
  for (const response of held) response.end();
  await tracker.flush();
  expect(tracker.counts).toMatchObject({ tracked: 10, sent: 10 - dropped, dropped });
});

test('an exit takes the Web Lock only if its request fails and must be sent again', async () => {
  let turns = 0;
  const request = (_: string, work: () => Promise<void>) => {
    turns++;
    return work();
  };
  vi.stubGlobal('navigator', { locks: { request } });
  const tracker = start();
  await tracker.flush();
  const before = turns;
  tracker.track({ event: 'a' });
  leave();
  await expect.poll(() => tracker.counts.sent).toBe(1);
  await tracker.flush();
  expect(turns).toBe(before);
  endpoint.answer = (response) => {
    if (endpoint.requests.length < 3) refuse(503, 'ServerBusy')(response);
    else response.end();
  };
  tracker.track({ event: 'b' });
  leave();
  await expect.poll(() => tracker.counts.sent, { timeout: 5_000 }).toBe(2);
  expect(turns).toBeGreaterThan(before);
});
