// Plug-ins start, hear of their tracker and stop; their mistakes stay with them.
import { expect, test } from 'vitest';
import { IdleWork } from '../../../js/src/recorder/idle_work.ts';
import { add, has, PlugIns, type PlugInTracker } from '../../../js/src/recorder/plug_ins.ts';
import { Report } from '../../../js/src/recorder/report.ts';
import type { Capture, Consent, Drop, Sink, TrackEvent } from '../../../js/src/types.ts';

const fail = (): never => {
  throw new Error('a mistake of the plug-in');
};
const MISTAKE = { reason: 'internal_error', events: 0 };

/** Plug-ins with a tracker that writes down what they ask of it. `idle` lets their idle work run. */
function running(...captures: Capture[]) {
  const log: string[] = [];
  const drops: Drop[] = [];
  const tracked: unknown[] = [];
  const waiting = new Set<() => void>();
  const state = { consent: 'pending' as Consent, isLate: false, isRecording: false };
  const tracker: PlugInTracker = Object.assign(state, {
    urlParams: ['utm_source'],
    track: (...call: unknown[]) => void tracked.push(call),
    drain: () => void log.push('drain'),
    leave: () => void log.push('leave'),
  });
  const report = new Report({ onDrop: (drop) => drops.push(drop), onNotice: undefined });
  const whenIdle = (work: () => void) => {
    waiting.add(work);
    return () => void waiting.delete(work);
  };
  const plugIns = new PlugIns(captures, report, new IdleWork({ whenIdle }, report), tracker);
  const idle = () => {
    for (const work of waiting) work();
  };
  return { plugIns, log, drops, tracked, state, idle };
}

/** A plug-in that logs its calls. `mistakes` names the calls in which it throws. */
function logging(name: string, log: string[], mistakes = ''): Capture {
  const called = (what: string) => {
    log.push(`${what} ${name}`);
    if (mistakes.includes(what)) fail();
  };
  return {
    name,
    start() {
      called('start');
      return () => called('stop');
    },
    erase: () => called('erase'),
  };
}

/** One running plug-in, and its sink. */
function withSink() {
  const seen: Sink[] = [];
  const capture: Capture = {
    name: 'one',
    start(sink) {
      seen.push(sink);
      return () => {};
    },
  };
  const one = running(capture);
  one.plugIns.start();
  return { ...one, sink: seen[0] as Sink };
}

test('plug-ins start in their order, and stop in the opposite one', () => {
  const log: string[] = [];
  const { plugIns, drops } = running(logging('a', log), logging('b', log), logging('c', log));
  plugIns.start();
  plugIns.stop();
  expect(log).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  expect(drops).toEqual([]);
});

test('plug-ins that run do not start again, and those that stopped do not stop again', () => {
  const log: string[] = [];
  const { plugIns } = running(logging('a', log));
  plugIns.stop();
  plugIns.start();
  plugIns.start();
  plugIns.stop();
  plugIns.stop();
  expect(log).toEqual(['start a', 'stop a']);
  plugIns.start();
  expect(log).toEqual(['start a', 'stop a', 'start a']);
});

test('a plug-in that throws as it starts is reported, and the others run and stop', () => {
  const log: string[] = [];
  const { plugIns, drops } = running(
    logging('a', log),
    logging('bad', log, 'start'),
    logging('c', log),
  );
  plugIns.start();
  expect(drops).toEqual([MISTAKE]);
  plugIns.stop();
  expect(log).toEqual(['start a', 'start bad', 'start c', 'stop c', 'stop a']);
  expect(drops).toHaveLength(1);
});

test('a plug-in that throws as it stops is reported, the others stop, and all can start again', () => {
  const log: string[] = [];
  const { plugIns, drops } = running(logging('a', log), logging('bad', log, 'stop'));
  plugIns.start();
  plugIns.stop();
  plugIns.stop();
  expect(log).toEqual(['start a', 'start bad', 'stop bad', 'stop a']);
  expect(drops).toEqual([MISTAKE]);
  plugIns.start();
  expect(log.slice(4)).toEqual(['start a', 'start bad']);
});

test('a plug-in without a stop function does not keep the others from stopping', () => {
  const log: string[] = [];
  const careless = { name: 'careless', start() {} } as unknown as Capture;
  const { plugIns, drops } = running(logging('a', log), careless);
  plugIns.start();
  plugIns.stop();
  expect(log).toEqual(['start a', 'stop a']);
  expect(drops).toEqual([MISTAKE]);
});

test('a plug-in may stop all plug-ins as it stops', () => {
  const log: string[] = [];
  const restless: Capture = {
    name: 'restless',
    start: () => () => {
      log.push('stop restless');
      plugIns.stop();
    },
  };
  const { plugIns } = running(logging('a', log), restless);
  plugIns.start();
  plugIns.stop();
  expect(log).toEqual(['start a', 'stop restless', 'stop a']);
});

test('all plug-ins erase what they stored, also those that do not run or throw', () => {
  const log: string[] = [];
  const without: Capture = { name: 'without', start: () => () => {} };
  const { plugIns, drops } = running(logging('bad', log, 'erase'), without, logging('b', log));
  plugIns.erase();
  expect(log).toEqual(['erase bad', 'erase b']);
  expect(drops).toEqual([MISTAKE]);
});

test('listeners hear their own events with the arguments, until they are removed', () => {
  const { plugIns, sink } = withSink();
  const heard: string[] = [];
  const remove = sink.on('identify', (userId) => heard.push(`identify ${userId}`));
  sink.on('reset', () => heard.push('reset'));
  expect(
    (['identify', 'reset', 'granted'] as const).map((one) => plugIns.hasListener(one)),
  ).toEqual([true, true, false]);
  plugIns.emit('identify', 'u1');
  plugIns.emit('reset');
  plugIns.emit('granted');
  remove();
  remove();
  plugIns.emit('identify', 'u2');
  expect(heard).toEqual(['identify u1', 'reset']);
  expect(plugIns.hasListener('identify')).toBe(false);
});

test('a listener that throws is reported, and the others hear the event', () => {
  const { plugIns, sink, drops } = withSink();
  const heard: string[] = [];
  sink.on('leave', () => heard.push('first'));
  sink.on('leave', fail);
  sink.on('leave', () => heard.push('last'));
  plugIns.emit('leave', 'page');
  plugIns.emit('leave', 'page');
  expect(heard).toEqual(['first', 'last', 'first', 'last']);
  expect(drops).toEqual([MISTAKE, MISTAKE]);
});

test('a listener that removes itself and the next one keeps the rest', () => {
  const { plugIns, sink } = withSink();
  const heard: string[] = [];
  const remove = sink.on('granted', () => {
    heard.push('first');
    remove();
    removeNext();
  });
  const removeNext = sink.on('granted', () => heard.push('second'));
  sink.on('granted', () => heard.push('third'));
  plugIns.emit('granted');
  plugIns.emit('granted');
  expect(heard).toEqual(['first', 'third', 'third']);
});

test('another view begins after the tracker has recorded the one that ends', () => {
  const { sink, log } = withSink();
  sink.on('view', () => log.push('view'));
  sink.beginView();
  expect(log).toEqual(['leave', 'view']);
});

test('the sink shows the present state of the tracker', () => {
  const { sink, state } = withSink();
  const stateOf = ({ consent, isLate, isRecording }: Sink) => ({ consent, isLate, isRecording });
  expect(stateOf(sink)).toEqual({ consent: 'pending', isLate: false, isRecording: false });
  Object.assign(state, { consent: 'granted', isLate: true, isRecording: true });
  expect(stateOf(sink)).toEqual({ consent: 'granted', isLate: true, isRecording: true });
  expect(sink.urlParams).toEqual(['utm_source']);
});

test('events of a plug-in reach the tracker with their options', () => {
  const { sink, tracked } = withSink();
  sink.track({ event: 'a' }, { priority: 'high', time: 5 });
  sink.track({ event: 'b' });
  expect(tracked).toEqual([
    [{ event: 'a' }, { priority: 'high', time: 5 }],
    [{ event: 'b' }, undefined],
  ]);
});

test('idle work runs when the browser is idle, unless it is cancelled, and may throw', () => {
  const { sink, idle, drops } = withSink();
  const done: string[] = [];
  sink.whenIdle(fail);
  sink.whenIdle(() => done.push('cancelled'))();
  sink.whenIdle(() => done.push('done'));
  expect(done).toEqual([]);
  idle();
  expect(done).toEqual(['done']);
  expect(drops).toEqual([MISTAKE]);
});

test('fields are added to an event that lacks them, and the first plug-in wins', () => {
  const { plugIns, sink } = withSink();
  sink.enrich((hidden) => ({ hidden: String(hidden), a: 'first', own: 'first' }));
  sink.enrich(fail);
  sink.enrich(() => ({ a: 'second', b: 'second' }));
  const fields = ['own', 'mine', 'x', 'a'];
  plugIns.enrich(fields, true);
  const added = ['hidden', 'true', 'a', 'first', 'b', 'second'];
  expect(fields).toEqual(['own', 'mine', 'x', 'a', ...added]);
  const other: string[] = [];
  plugIns.enrich(other, false);
  expect(other.slice(0, 2)).toEqual(['hidden', 'false']);
});

test('events that were tracked before a plug-in takes back its fields still get them', () => {
  const { plugIns, sink, state } = withSink();
  const end = sink.enrich(() => ({ a: '1' }));
  const drained: string[] = [];
  Object.assign(state, { drain: () => plugIns.enrich(drained, false) });
  end();
  expect(drained).toEqual(['a', '1']);
  const later: string[] = [];
  plugIns.enrich(later, false);
  expect(later).toEqual([]);
});

test('tags of all plug-ins are texts, the last plug-in wins, and one that throws has none', () => {
  const tagging = (name: string, tags?: () => TrackEvent): Capture => ({
    ...logging(name, []),
    ...(tags && { tags }),
  });
  const { plugIns, drops } = running(
    tagging('a', () => ({ x: 1, y: 'a' })),
    tagging('bad', fail),
    tagging('without'),
    tagging('odd', () => ({ odd: true })),
    tagging('b', () => ({ y: 'b' })),
  );
  const textsOf = (tags: TrackEvent) => {
    if ('odd' in tags) throw new Error('a text that cannot be made');
    return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, `${value}`]));
  };
  expect(plugIns.tags(textsOf)).toEqual({ x: '1', y: 'b' });
  expect(drops).toEqual([]);
});

test('only keys count as fields of an event, not its values', () => {
  const fields = ['a', 'b', 'c', 'a'];
  expect(['a', 'b', 'c', 'd'].map((key) => has(fields, key))).toEqual([true, false, true, false]);
  expect(has([], 'a')).toBe(false);
  add(fields, { a: 'other', b: 'new' });
  expect(fields).toEqual(['a', 'b', 'c', 'a', 'b', 'new']);
});

test('plug-ins that are started again from within a start run once', () => {
  const log: string[] = [];
  const first = logging('first', log);
  const { plugIns } = running(
    {
      ...first,
      start(sink) {
        plugIns.start();
        return first.start(sink);
      },
    },
    logging('second', log),
  );
  plugIns.start();
  expect(log).toEqual(['start first', 'start second']);
});

test('plug-ins that are stopped from within a start all stop, and start once when they are started anew', () => {
  const log: string[] = [];
  let doNow = () => {};
  const second = logging('second', log);
  const { plugIns } = running(
    logging('first', log),
    {
      ...second,
      start(sink) {
        const stop = second.start(sink);
        doNow();
        return stop;
      },
    },
    logging('third', log),
  );
  doNow = () => {
    doNow = () => {};
    plugIns.stop();
    plugIns.start();
  };
  plugIns.start();
  expect(log).toEqual([
    'start first',
    'start second',
    'stop first',
    'start first',
    'start second',
    'start third',
    'stop second',
  ]);
  plugIns.stop();
  expect(log.slice(7)).toEqual(['stop third', 'stop second', 'stop first']);
});

test('many fields are added like few: those that an event has stay', () => {
  const more = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`f${n}`, 'more']));
  const fields = ['f7', 'own', 'text', 'f8'];
  add(fields, more);
  expect(fields).toHaveLength(4 + 99 * 2);
  expect(fields.slice(0, 6)).toEqual(['f7', 'own', 'text', 'f8', 'f0', 'more']);
  expect(has(fields.slice(4), 'f7')).toBe(false);
  expect(has(fields.slice(4), 'f8')).toBe(true);
});
