// How long delivery waits after a failure, and what ends the wait.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Backoff } from '../../../../js/src/engine/delivery/backoff.ts';
import { Delivery } from '../../../../js/src/engine/delivery/delivery.ts';
import { recoveryBy } from '../../../../js/src/engine/delivery/recovery.ts';
import { Transport } from '../../../../js/src/engine/delivery/transport.ts';
import { Turns } from '../../../../js/src/engine/delivery/turns.ts';
import { HandedNotes, Notes } from '../../../../js/src/engine/notes.ts';
import { MemoryOutbox } from '../../../../js/src/engine/outbox/memory_outbox.ts';
import { shippedCore } from '../../shipped_core.ts';
import { storedBatch, TRACK_URL } from '../batch_fixture.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const retryAfter = (delay: number) => ({ action: 'retry', delay }) as const;

/** The count after each of these statuses, which follow one another. */
function counts(...statuses: number[]): number[] {
  const backoff = new Backoff();
  return statuses.map((status) => backoff.failuresWith({ status }));
}

test('there is nothing to wait for at first', () => {
  expect(new Backoff().left).toBeLessThanOrEqual(0);
});

test('the wait becomes shorter as time passes, and ends', () => {
  const backoff = new Backoff();
  backoff.settle(retryAfter(1_000));
  expect(backoff.left).toBe(1_000);
  vi.advanceTimersByTime(400);
  expect(backoff.left).toBe(600);
  vi.advanceTimersByTime(600);
  expect(backoff.left).toBe(0);
});

test('a later answer makes a wait longer, but never shorter', () => {
  const backoff = new Backoff();
  backoff.settle(retryAfter(10_000));
  backoff.settle(retryAfter(1_000));
  expect(backoff.left).toBe(10_000);
  backoff.settle({ action: 'ack', delay: 0 });
  expect(backoff.left).toBe(10_000);
  backoff.settle(retryAfter(11_000));
  expect(backoff.left).toBe(11_000);
});

test('failures that may pass count together', () => {
  expect(counts(0, 503, 429, 408, 500)).toEqual([1, 2, 3, 4, 5]);
});

test('refusals count only in a row of the same status', () => {
  expect(counts(503, 503, 400, 400, 403, 400)).toEqual([1, 2, 1, 2, 1, 1]);
});

test('refusals count only in a row of the same error code', () => {
  const backoff = new Backoff();
  const codes = ['WriteQuotaExceed', 'WriteQuotaExceed', 'Unauthorized', 'Unauthorized'];
  const counted = codes.map((errorCode) => backoff.failuresWith({ status: 403, errorCode }));
  expect(counted).toEqual([1, 2, 1, 2]);
});

test('a failure that may pass counts all failures before it, also refusals', () => {
  expect(counts(400, 400, 503)).toEqual([1, 2, 3]);
});

test('an answer without a delay starts the counts again, and one with a delay does not', () => {
  const backoff = new Backoff();
  for (const status of [400, 400]) backoff.failuresWith({ status });
  backoff.settle(retryAfter(1));
  expect(backoff.failuresWith({ status: 400 })).toBe(3);
  backoff.settle({ action: 'ack', delay: 0 });
  expect(backoff.failuresWith({ status: 400 })).toBe(1);
  expect(backoff.failuresWith({ status: 503 })).toBe(2);
});

test('wait() ends after its time', async () => {
  let isOver = false;
  void new Backoff().wait(5_000).then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(4_999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isOver).toBe(true);
});

test('wake() ends a wait at once and leaves no timer, but not the back-off', async () => {
  const backoff = new Backoff();
  backoff.settle(retryAfter(5_000));
  const wait = backoff.wait(5_000);
  backoff.wake();
  await wait;
  expect(vi.getTimerCount()).toBe(0);
  expect(backoff.left).toBe(5_000);
});

test('a wake() before a wait does not shorten it', async () => {
  const backoff = new Backoff();
  backoff.wake();
  let isOver = false;
  void backoff.wait(1_000).then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isOver).toBe(true);
});

test('reset() ends the back-off and its wait, and keeps the count of failures', async () => {
  const backoff = new Backoff();
  backoff.failuresWith({ status: 503 });
  backoff.settle(retryAfter(60_000));
  const wait = backoff.wait(60_000);
  backoff.reset();
  await wait;
  expect(backoff.left).toBeLessThanOrEqual(0);
  expect(backoff.failuresWith({ status: 503 })).toBe(2);
});

/** Delivery of one batch to an endpoint that answers so; `requests` are the times of its requests. */
async function deliver(...answers: Response[]) {
  const began = Date.now();
  const requests: number[] = [];
  const page = new EventTarget();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('BroadcastChannel', undefined);
  vi.stubGlobal('fetch', async () => {
    requests.push(Date.now() - began);
    return answers.shift() ?? new Response(null, { headers: { 'content-length': '0' } });
  });
  const outbox = new MemoryOutbox(
    { outboxBytes: 100, outboxAge: 1e9 },
    { evictable: () => true, evicted() {}, memoryOnly() {}, storageBack() {} },
  );
  const notes = new Notes(
    new HandedNotes(
      () => {},
      () => {},
    ),
  );
  const delivered = vi.fn();
  const delivery = new Delivery(
    { url: TRACK_URL, tracker: 'abc' },
    outbox,
    new Transport(TRACK_URL, {}),
    new Turns('abc', outbox),
    notes,
    { delivered, lost() {}, notice() {}, drained() {}, compressionRefused() {} },
  );
  const core = await shippedCore();
  await delivery.add(storedBatch());
  delivery.start(recoveryBy(core));
  await vi.advanceTimersByTimeAsync(0);
  return { delivery, requests, delivered, online: () => page.dispatchEvent(new Event('online')) };
}

const busy = (seconds: string) =>
  new Response(null, { status: 503, headers: { 'retry-after': seconds } });

test('delivery sends nothing before the time in Retry-After', async () => {
  const { delivery, requests, delivered } = await deliver(busy('120'));
  expect(requests).toEqual([0]);
  expect(delivery.isDelayed).toBe(true);
  await vi.advanceTimersByTimeAsync(119_999);
  expect(requests).toHaveLength(1);
  // The core adds a random part of at most three quarters of a second.
  await vi.advanceTimersByTimeAsync(1_000);
  expect(requests).toHaveLength(2);
  expect(delivered).toHaveBeenCalledOnce();
  delivery.stop();
});

test('a batch added during the wait waits too', async () => {
  const { delivery, requests, delivered } = await deliver(busy('60'));
  await delivery.add(storedBatch({ number: 1 }));
  await vi.advanceTimersByTimeAsync(59_999);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(requests).toHaveLength(3);
  expect(delivered).toHaveBeenCalledTimes(2);
  delivery.stop();
});

test('delivery sends at once when the browser is online again', async () => {
  const { delivery, requests, delivered, online } = await deliver(busy('3600'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(requests).toEqual([0]);
  online();
  await vi.advanceTimersByTimeAsync(0);
  expect(requests).toEqual([0, 1_000]);
  expect(delivered).toHaveBeenCalledOnce();
  delivery.stop();
});
