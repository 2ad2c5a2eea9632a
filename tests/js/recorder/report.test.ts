// Counts of losses, and the hooks `onDrop` and `onNotice`.
import { expect, test } from 'vitest';
import { Report } from '../../../js/src/recorder/report.ts';
import type { Drop, Notice } from '../../../js/src/types.ts';

/** A report, and what its hooks were called with. `inHook` runs in each of them. */
function reported(inHook: (report: Report) => void = () => {}) {
  const [drops, notices]: [Drop[], Notice[]] = [[], []];
  const report: Report = new Report({
    onDrop(drop) {
      drops.push(drop);
      inHook(report);
    },
    onNotice(notice) {
      notices.push(notice);
      inHook(report);
    },
  });
  return { report, drops, notices };
}

test('a new report counts nothing and has no losses', () => {
  const { report } = reported();
  expect(report.counts).toEqual({ tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 });
  expect(report.takeLosses()).toEqual([]);
});

test('losses are summed by reason, and taken once', () => {
  const { report } = reported();
  report.drop({ reason: 'queue_full', events: 2 });
  report.drop({ reason: 'rate_limited', events: 1 });
  report.drop({ reason: 'queue_full', events: 3 });
  expect(report.takeLosses()).toEqual([
    ['queue_full', 5],
    ['rate_limited', 1],
  ]);
  expect(report.takeLosses()).toEqual([]);
  report.drop({ reason: 'queue_full', events: 1 });
  expect(report.takeLosses()).toEqual([['queue_full', 1]]);
  expect(report.counts.dropped).toBe(7);
});

test('losses that were taken stay as they are when more is lost', () => {
  const { report } = reported();
  report.drop({ reason: 'too_large', events: 1 });
  const taken = report.takeLosses();
  report.drop({ reason: 'too_large', events: 1 });
  expect(taken).toEqual([['too_large', 1]]);
});

test('a lost field is reported but is no lost event', () => {
  const { report, drops } = reported();
  report.drop({ reason: 'reserved_field', events: 0, field: '__topic__' });
  expect(drops).toEqual([{ reason: 'reserved_field', events: 0, field: '__topic__' }]);
  expect(report.takeLosses()).toEqual([]);
  expect(report.counts.dropped).toBe(0);
});

test('losses of the engine are counted and reported, but not told to the engine again', () => {
  const { report, drops } = reported();
  const drop: Drop = { reason: 'rejected', events: 4, status: 400, errorCode: 'Bad' };
  report.relay(drop);
  expect(drops).toEqual([drop]);
  expect(report.counts.dropped).toBe(4);
  expect(report.takeLosses()).toEqual([]);
});

test('a notice reaches onNotice alone, and counts nothing', () => {
  const { report, drops, notices } = reported();
  report.notice({ kind: 'stopped', status: 404 });
  expect(notices).toEqual([{ kind: 'stopped', status: 404 }]);
  expect(drops).toEqual([]);
  expect(report.counts.dropped).toBe(0);
});

test('without hooks losses are counted all the same', () => {
  const report = new Report({ onDrop: undefined, onNotice: undefined });
  report.drop({ reason: 'expired', events: 2 });
  report.notice({ kind: 'memory_only' });
  expect(report.counts.dropped).toBe(2);
  expect(report.takeLosses()).toEqual([['expired', 2]]);
});

test.each([new Error('a mistake of the page'), 'a text', undefined])(
  'hooks that throw (%s) lose nothing, and are called again',
  (thrown) => {
    const { report, drops, notices } = reported(() => {
      throw thrown;
    });
    report.drop({ reason: 'too_large', events: 1 });
    report.notice({ kind: 'memory_only' });
    report.drop({ reason: 'too_large', events: 2 });
    report.notice({ kind: 'stopped' });
    expect(drops.map(({ events }) => events)).toEqual([1, 2]);
    expect(notices.map(({ kind }) => kind)).toEqual(['memory_only', 'stopped']);
    expect(report.counts.dropped).toBe(3);
    expect(report.takeLosses()).toEqual([['too_large', 3]]);
  },
);

test('what is lost inside a hook is counted, and calls no hook again', () => {
  const { report, drops, notices } = reported((inner) => {
    inner.drop({ reason: 'invalid_event', events: 1 });
    inner.relay({ reason: 'rejected', events: 10 });
    inner.notice({ kind: 'invalid_consent' });
  });
  report.drop({ reason: 'queue_full', events: 1 });
  expect(drops).toEqual([{ reason: 'queue_full', events: 1 }]);
  expect(notices).toEqual([]);
  expect(report.counts.dropped).toBe(12);
  report.notice({ kind: 'memory_only' });
  expect(drops).toHaveLength(1);
  expect(notices).toEqual([{ kind: 'memory_only' }]);
  expect(report.counts.dropped).toBe(23);
  expect(report.takeLosses()).toEqual([
    ['queue_full', 1],
    ['invalid_event', 2],
  ]);
});

test('losses may be taken inside a hook, and are not taken twice', () => {
  const taken: unknown[] = [];
  const { report } = reported((inner) => taken.push(inner.takeLosses()));
  report.drop({ reason: 'queue_full', events: 1 });
  expect(taken).toEqual([[['queue_full', 1]]]);
  expect(report.takeLosses()).toEqual([]);
});

test('guarded work that succeeds is run once, and no loss', () => {
  const { report, drops } = reported();
  let runs = 0;
  report.guarded(() => {
    runs++;
  }, 5);
  expect(runs).toBe(1);
  expect(drops).toEqual([]);
  expect(report.counts.dropped).toBe(0);
});

test('guarded work that throws is an internal error with as many events as it had', () => {
  const { report, drops } = reported();
  const fail = () => {
    throw new Error('a mistake of this library');
  };
  report.guarded(fail);
  report.guarded(fail, 3);
  expect(drops).toEqual([
    { reason: 'internal_error', events: 0 },
    { reason: 'internal_error', events: 3 },
  ]);
  expect(report.counts.dropped).toBe(3);
  expect(report.takeLosses()).toEqual([['internal_error', 3]]);
});

test('guarded work that throws inside a hook that throws is counted', () => {
  const { report, drops } = reported((inner) => {
    inner.guarded(() => {
      throw new Error('inner');
    }, 1);
    throw new Error('outer');
  });
  report.drop({ reason: 'expired', events: 1 });
  expect(drops).toEqual([{ reason: 'expired', events: 1 }]);
  expect(report.counts.dropped).toBe(2);
});

test('a hook whose promise is rejected causes no unhandled rejection', async () => {
  const rejections: unknown[] = [];
  const listen = (reason: unknown) => void rejections.push(reason);
  process.on('unhandledRejection', listen);
  const report = new Report({
    onDrop: async () => {
      throw new Error('a mistake of the page');
    },
    onNotice: undefined,
  });
  report.drop({ reason: 'too_large', events: 1 });
  await new Promise((done) => setTimeout(done, 10));
  process.off('unhandledRejection', listen);
  expect(rejections).toEqual([]);
});
