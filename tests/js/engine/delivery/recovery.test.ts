// What becomes of a batch that the endpoint refused, with the core and without it.
import { afterEach, expect, test, vi } from 'vitest';
import { envelopeOf } from '../../../../js/src/engine/batch/batch_tags.ts';
import { deflated } from '../../../../js/src/engine/batch/deflate.ts';
import { PlainBatch } from '../../../../js/src/engine/batch/plain.ts';
import { recoveryBy } from '../../../../js/src/engine/delivery/recovery.ts';
import type { Encoding, Outcome, StoredBatch } from '../../../../js/src/engine/types.ts';
import { bodyOf, sealAll, shippedCore } from '../../shipped_core.ts';
import { namesOf, storedBatch } from '../batch_fixture.ts';

afterEach(() => vi.restoreAllMocks());

const TEXT = '商品'.repeat(40);

/** A batch whose events have these names. */
async function batchOf(
  events: readonly string[],
  encoding: Encoding,
  more: Partial<StoredBatch> = {},
): Promise<StoredBatch> {
  const open = encoding === 'lz4' ? await shippedCore() : new PlainBatch();
  const whole = storedBatch({ number: 7, ...more });
  open.setEnvelope(envelopeOf(whole.envelope, `abc-7${whole.part}`, 'expired:2'));
  for (const event of events) open.append(['event', event, 'text', TEXT]);
  const sealed = sealAll(open, encoding === 'lz4' ? 'fast' : 'none');
  const batch = { ...whole, ...sealed };
  return encoding === 'deflate' ? deflated(batch) : batch;
}

const jsonOf = (batch: StoredBatch) => JSON.parse(bodyOf(batch));

/** The names of the events of each piece. */
const eventsOf = (pieces: readonly StoredBatch[]): string[][] =>
  pieces.map((piece) => jsonOf(piece).__logs__.map((log: { event: string }) => log.event));

test.each<[Encoding, string, () => Promise<ReturnType<typeof recoveryBy>>]>([
  ['plain', 'with the core', async () => recoveryBy(await shippedCore())],
  ['lz4', 'with the core', async () => recoveryBy(await shippedCore())],
  ['deflate', 'with the core', async () => recoveryBy(await shippedCore())],
  ['plain', 'without the core', async () => recoveryBy(undefined)],
  ['deflate', 'without the core', async () => recoveryBy(undefined)],
])('a %s batch is cut into halves %s, which keep all else', async (encoding, _, recovery) => {
  const recorders = [
    ['one', 2],
    ['two', 3],
  ] as const;
  const batch = await batchOf(['a', 'b', 'c', 'd', 'e'], encoding, { recorders, rank: 'high' });
  expect(batch.encoding).toBe(encoding);
  const pieces = await (await recovery()).cut(batch, 3, 'none');
  expect(namesOf(pieces)).toEqual(['7.0', '7.1']);
  expect(eventsOf(pieces)).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e'],
  ]);
  for (const [at, piece] of pieces.entries()) {
    const { url, time, envelope } = batch;
    expect(piece).toMatchObject({ url, time, envelope, rank: 'high', tracker: 'abc', owned: true });
    expect([piece.encoding, piece.rawBytes]).toEqual(['plain', piece.body.length]);
    const { __logs__: logs, ...shared } = jsonOf(piece);
    expect(logs[0].text).toBe(TEXT);
    expect(shared).toEqual({
      __source__: 'web',
      __topic__: 't',
      __tags__: { release: '7', batch_id: `abc-7.${at}` },
    });
  }
  expect(pieces.map(({ events, recorders }) => [events, recorders])).toEqual([
    [
      3,
      [
        ['one', 2],
        ['two', 1],
      ],
    ],
    [2, [['two', 2]]],
  ]);
});

test('the pieces of a piece have its name as their prefix', async () => {
  const recovery = recoveryBy(await shippedCore());
  const piece = await batchOf(['a', 'b'], 'lz4', { part: '.1' });
  const pieces = await recovery.cut(piece, 1, 'none');
  expect(namesOf(pieces)).toEqual(['7.1.0', '7.1.1']);
  expect(eventsOf(pieces)).toEqual([['a'], ['b']]);
});

test.each(['lz4', 'deflate'] as const)(
  'an endpoint that cannot read %s gets the same batch plain',
  async (encoding) => {
    const recovery = recoveryBy(await shippedCore());
    const batch = await batchOf(['a', 'b'], encoding, { part: '.0', recorders: [['one', 2]] });
    const pieces = await recovery.cut(batch, batch.events, 'none');
    expect(pieces).toMatchObject([{ number: 7, part: '.0', encoding: 'plain', events: 2 }]);
    expect(eventsOf(pieces)).toEqual([['a', 'b']]);
    expect(pieces[0]?.recorders).toEqual([['one', 2]]);
    expect(jsonOf(pieces[0] ?? batch).__tags__.batch_id).toBe('abc-7.0');
  },
);

test('the core compresses the pieces of a compressed batch', async () => {
  const recovery = recoveryBy(await shippedCore());
  const pieces = await recovery.cut(await batchOf(['a', 'b', 'c', 'd'], 'lz4'), 2, 'fast');
  expect(pieces.map(({ encoding }) => encoding)).toEqual(['lz4', 'lz4']);
  expect(eventsOf(pieces)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('one recovery cuts many batches, and their events stay apart', async () => {
  for (const core of [await shippedCore(), undefined]) {
    const recovery = recoveryBy(core);
    const first = await recovery.cut(await batchOf(['a', 'b'], 'plain'), 1, 'none');
    const second = await recovery.cut(await batchOf(['c', 'd'], 'plain'), 1, 'none');
    expect(eventsOf([...first, ...second])).toEqual([['a'], ['b'], ['c'], ['d']]);
    expect(core?.events ?? 0).toBe(0);
  }
});

test('a batch of version 0.1.0, which names no recorders, is cut too', async () => {
  const { recorders, ...batch } = await batchOf(['a', 'b'], 'plain');
  const pieces = await recoveryBy(undefined).cut(batch, 1, 'none');
  expect(recorders).toBeDefined();
  expect(pieces.map((piece) => piece.recorders)).toEqual([[], []]);
  expect(eventsOf(pieces)).toEqual([['a'], ['b']]);
});

const textBatch = (text: string, encoding: Encoding = 'plain') => {
  const body = new TextEncoder().encode(text);
  return storedBatch({ body, encoding, rawBytes: 100, events: 2 });
};

test.each<[string, StoredBatch]>([
  ['an LZ4 body that is no LZ4', textBatch('\xff\xff\xff', 'lz4')],
  ['an LZ4 body without bytes', textBatch('', 'lz4')],
  ['a deflate body that is no zlib stream', textBatch('not compressed', 'deflate')],
  ['text that is cut off', textBatch('{"__logs__":[{"event":"a"}')],
  ['JSON without logs', textBatch('{"__tags__":{}}')],
  ['an empty body', textBatch('')],
])('%s is recognized as damaged', async (_, batch) => {
  const recovery = recoveryBy(await shippedCore());
  await expect(recovery.cut(batch, 1, 'none')).rejects.toThrow();
});

test('a compressed body that was cut off is recognized as damaged', async () => {
  const recovery = recoveryBy(await shippedCore());
  for (const encoding of ['lz4', 'deflate'] as const) {
    const batch = await batchOf(['a', 'b', 'c'], encoding);
    const body = batch.body.slice(0, batch.body.length >> 1);
    await expect(recovery.cut({ ...batch, body }, 2, 'none')).rejects.toThrow();
  }
});

test('without the core an LZ4 batch cannot be cut', async () => {
  const batch = await batchOf(['a', 'b'], 'lz4');
  await expect(recoveryBy(undefined).cut(batch, 1, 'none')).rejects.toThrow();
});

test.each<[number, boolean, string, number]>([
  [200, false, 'ack', 0],
  [299, true, 'ack', 0],
  [413, false, 'split', 0],
  [400, false, 'bisect', 0],
  [413, true, 'retry', 60_000],
  [400, true, 'retry', 60_000],
  [0, false, 'retry', 60_000],
  [199, false, 'retry', 60_000],
  [300, false, 'retry', 60_000],
  [401, false, 'retry', 60_000],
  [503, false, 'retry', 60_000],
])('without the core, status %i (compressed: %s) means %s', (status, compressed, action, delay) => {
  const { decide } = recoveryBy(undefined);
  expect(decide({ status, errorCode: 'PostBodyInvalid', retryAfter: 5 }, compressed, 9)).toEqual({
    action,
    delay,
  });
});

test.each<[Outcome, boolean, number, string, number]>([
  [{ status: 200 }, true, 1, 'ack', 0],
  [{ status: 413 }, true, 1, 'split', 0],
  [{ status: 415 }, true, 1, 'plain', 0],
  [{ status: 415 }, false, 1, 'drop', 0],
  [{ status: 400, errorCode: 'PostBodyInvalid' }, true, 1, 'bisect', 0],
  [{ status: 400, errorCode: 'SomethingNew' }, true, 1, 'retry', 300],
  [{ status: 400, errorCode: 'SomethingNew' }, true, 2, 'drop', 0],
  [{ status: 404, errorCode: 'LogStoreNotExist' }, true, 1, 'stop', 0],
  [{ status: 403 }, true, 2, 'pause', 300_000],
  [{ status: 503 }, true, 3, 'retry', 1_000],
  [{ status: 503, retryAfter: 120_000 }, true, 1, 'retry', 120_000],
  [{ status: 503, retryAfter: Number.POSITIVE_INFINITY }, true, 1, 'retry', 3_600_000],
])(
  'the core decides about %o, compressed: %s, attempt %i: %s',
  async (outcome, compressed, failures, action, delay) => {
    const { decide } = recoveryBy(await shippedCore());
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect(decide(outcome, compressed, failures)).toEqual({ action, delay });
  },
);
