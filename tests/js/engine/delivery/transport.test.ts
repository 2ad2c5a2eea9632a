// The HTTP request of one batch: its form, what its answer means, and the keepalive quota.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Transport } from '../../../../js/src/engine/delivery/transport.ts';
import type { PageState } from '../../../../js/src/engine/host.ts';
import type { Batch, Encoding, Outcome } from '../../../../js/src/engine/types.ts';
import { KEEPALIVE_QUOTA } from '../../../../js/src/limits.ts';
import { TRACK_URL } from '../batch_fixture.ts';

const NOW = Date.parse('2026-11-29T10:00:00Z');

interface Sent {
  url: string;
  init: RequestInit;
  answer(response?: Response): void;
  fail(): void;
}

/** Requests, the oldest first. They wait for an answer of the test. */
let sent: Sent[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  sent = [];
  Reflect.deleteProperty(globalThis, Symbol.for('webtrack keepalive quota'));
  vi.stubGlobal(
    'fetch',
    (url: string, init: RequestInit) =>
      new Promise<Response>((answer, fail) => {
        sent.push({
          url,
          init,
          answer: (response = accepted()) => answer(response),
          fail: () => fail(new TypeError('Failed to fetch')),
        });
      }),
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** An answer as the endpoint gives it. */
const accepted = (status = 200) =>
  new Response(null, { status, headers: { 'content-length': '0' } });

function batch(bytes = 10, encoding: Encoding = 'plain'): Batch {
  return { body: new Uint8Array(bytes), rawBytes: 500, encoding, events: 1 };
}

/** The outcome of a request with this answer. */
function outcomeOf(response: Response): Promise<Outcome> {
  const outcome = new Transport(TRACK_URL, {}).send(batch());
  sent.at(-1)?.answer(response);
  return outcome;
}

const refusal = (body: BodyInit | null, headers: Record<string, string> = {}) =>
  outcomeOf(new Response(body, { status: 400, headers }));

test('a plain batch is a simple request without credentials', () => {
  const plain = batch();
  void new Transport(TRACK_URL, {}).send(plain);
  expect(sent[0]?.url).toBe(`${TRACK_URL}?APIVersion=0.6.0`);
  const { signal, ...init } = sent[0]?.init ?? {};
  expect(init).toEqual({
    method: 'POST',
    body: plain.body,
    headers: { 'content-type': 'text/plain;charset=UTF-8' },
    keepalive: true,
    credentials: 'omit',
  });
  expect(signal).toBeInstanceOf(AbortSignal);
});

test.each(['lz4', 'deflate'] as const)(
  'an address without a query and headers describe a %s body',
  (encoding) => {
    void new Transport(TRACK_URL, {}).send(batch(10, encoding));
    expect(sent[0]?.url).toBe(TRACK_URL);
    expect(sent[0]?.init.headers).toEqual({
      'content-type': 'application/json',
      'x-log-apiversion': '0.6.0',
      'x-log-bodyrawsize': '500',
      'x-log-compresstype': encoding,
    });
    expect(sent[0]?.init).not.toHaveProperty('cache');
  },
);

test('a request that takes more than thirty seconds is broken off and has no status', async () => {
  const timeout = new AbortController();
  const limits: number[] = [];
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    limits.push(milliseconds);
    return timeout.signal;
  });
  const transport = new Transport(TRACK_URL, {});
  const outcome = transport.send(batch());
  sent[0]?.init.signal?.addEventListener('abort', () => sent[0]?.fail());
  timeout.abort();
  expect(await outcome).toEqual({ status: 0 });
  expect(limits).toEqual([30_000]);
});

test('a browser without AbortSignal.timeout() sends without a time limit', async () => {
  vi.stubGlobal('AbortSignal', {});
  const outcome = new Transport(TRACK_URL, {}).send(batch());
  expect(sent[0]?.init.signal).toBeNull();
  sent[0]?.answer();
  expect(await outcome).toEqual({ status: 200 });
});

test('a request that gets no answer has the status 0', async () => {
  const outcome = new Transport(TRACK_URL, {}).send(batch());
  sent[0]?.fail();
  expect(await outcome).toEqual({ status: 0 });
});

test.each([
  ["a service worker's page for visitors who are offline", new Response('<p>You are offline.</p>')],
  ["a service worker's empty answer", new Response()],
  ['a login page', new Response('<form></form>', { status: 202 })],
  [
    'an answer to another request',
    Object.defineProperty(accepted(), 'redirected', { value: true }),
  ],
  [
    'a body that breaks off',
    new Response(new ReadableStream({ pull: (one) => one.error(new Error('cut')) })),
  ],
])('a batch is not accepted by %s', async (_, response) => {
  expect(await outcomeOf(response)).toEqual({ status: 0 });
});

test('a batch is accepted by an empty answer of the network, and by a copy of one', async () => {
  const ofNetwork = Object.defineProperty(new Response(''), 'type', { value: 'cors' });
  expect(await outcomeOf(ofNetwork)).toEqual({ status: 200 });
  expect(await outcomeOf(accepted(204))).toEqual({ status: 204 });
});

test('a batch is accepted by an empty answer of the own origin, whoever gives it', async () => {
  vi.stubGlobal('location', { origin: new URL(TRACK_URL).origin });
  expect(await outcomeOf(new Response(''))).toEqual({ status: 200 });
});

test('a request whose signal is dropped, and a body that stalls, end all the same', async () => {
  vi.useFakeTimers({ now: NOW });
  const silent = new Transport(TRACK_URL, {}).send(batch());
  await vi.advanceTimersByTimeAsync(31_000);
  expect(await silent).toEqual({ status: 0 });
  const stalled = new Transport(TRACK_URL, {}).send(batch());
  sent.at(-1)?.answer(new Response(new ReadableStream(), { status: 413 }));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await stalled).toEqual({ status: 413, retryAfter: 0 });
});

test.each<[string, string | null, string | undefined]>([
  ['its code', '{"errorCode":"PostBodyInvalid","errorMessage":"日志"}', 'PostBodyInvalid'],
  ['an empty code', '{"errorCode":""}', ''],
  ['no code if that is no text', '{"errorCode":7}', undefined],
  ['no code if the answer has none', '{}', undefined],
  ['no code if the answer is null', 'null', undefined],
  ["no code if the answer is a proxy's page", '<html>Bad Request</html>', undefined],
  ['no code if the answer is empty', '', undefined],
  ['no code if the answer has no body', null, undefined],
])('a refusal has %s', async (_, body, errorCode) => {
  const outcome = { status: 400, retryAfter: 0 };
  expect(await refusal(body)).toEqual(
    errorCode === undefined ? outcome : { ...outcome, errorCode },
  );
});

test('only the first part of a long answer is read, and the rest is cancelled', async () => {
  const cancel = vi.fn();
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('{"errorCode":"Busy"}')),
    cancel,
  });
  expect(await refusal(body)).toEqual({ status: 400, retryAfter: 0, errorCode: 'Busy' });
  expect(cancel).toHaveBeenCalledOnce();
});

test('a refusal whose body breaks off keeps its status and Retry-After', async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) });
  const outcome = await refusal(body, { 'retry-after': '2' });
  expect(outcome).toEqual({ status: 400, retryAfter: 2_000 });
});

test.each<[string, number]>([
  ['120', 120_000],
  ['1.5', 1_500],
  ['0', 0],
  ['-5', 0],
  ['Sun, 29 Nov 2026 10:00:30 GMT', 30_000],
  ['Sun, 29 Nov 2026 09:59:00 GMT', 0],
  ['soon', 0],
  ['', 0],
])('a Retry-After of "%s" means %i milliseconds', async (text, retryAfter) => {
  expect(await refusal('{}', { 'retry-after': text })).toEqual({ status: 400, retryAfter });
});

test('requests that outlive the page share 64 KiB until they are answered', async () => {
  const transport = new Transport(TRACK_URL, {});
  const first = transport.send(batch(KEEPALIVE_QUOTA - 100));
  expect(transport.keepaliveRoom).toBe(100);
  const second = transport.send(batch(101));
  expect(transport.keepaliveRoom).toBe(100);
  const third = transport.send(batch(100));
  expect(transport.keepaliveRoom).toBe(0);
  expect(sent.map(({ init }) => init.keepalive)).toEqual([true, false, true]);
  sent[1]?.answer();
  await second;
  expect(transport.keepaliveRoom).toBe(0);
  sent[2]?.fail();
  await third;
  expect(transport.keepaliveRoom).toBe(100);
  sent[0]?.answer(new Response('{}', { status: 503 }));
  await first;
  expect(transport.keepaliveRoom).toBe(KEEPALIVE_QUOTA);
});

test('several copies of the library on a page share one quota', async () => {
  const [one, other] = [new Transport(TRACK_URL, {}), new Transport(`${TRACK_URL}2`, {})];
  const outcome = one.send(batch(60_000));
  expect(other.keepaliveRoom).toBe(5_536);
  sent[0]?.answer();
  await outcome;
  expect(other.keepaliveRoom).toBe(65_536);
});

test('a worker that outlives its pages needs no keepalive', () => {
  const transport = new Transport(TRACK_URL, { lasting: true });
  void transport.send(batch());
  expect(sent[0]?.init.keepalive).toBe(false);
  expect(transport.keepaliveRoom).toBe(KEEPALIVE_QUOTA);
});

/** A page whose beacons are accepted or not. */
function pageWith(beacon: PageState['beacon']): PageState {
  return { hidden: true, ending: true, beacon };
}

test('a beacon is a plain body that needs no preflight', async () => {
  const beacons: [string, Blob][] = [];
  const page = pageWith((url, body) => {
    beacons.push([url, body]);
    return true;
  });
  const body = new TextEncoder().encode('{"__logs__":[{"event":"结账"}]}');
  expect(new Transport(TRACK_URL, { page }).beacon({ ...batch(), body })).toBe(true);
  expect(sent).toEqual([]);
  const [url, blob] = beacons[0] ?? [];
  expect(url).toBe(`${TRACK_URL}?APIVersion=0.6.0`);
  expect(blob?.type).toBe('text/plain;charset=utf-8');
  expect(await blob?.text()).toBe('{"__logs__":[{"event":"结账"}]}');
});

test('a beacon is refused by the browser if its quota is used up, and in a worker', () => {
  const page = pageWith(() => false);
  expect(new Transport(TRACK_URL, { page }).beacon(batch())).toBe(false);
  expect(new Transport(TRACK_URL, { lasting: true }).beacon(batch())).toBe(false);
});
