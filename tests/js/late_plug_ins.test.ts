// Stand-ins for plug-ins whose code loads later.
import { expect, test, vi } from 'vitest';
import * as late from '../../js/src/late.ts';
import { type LateFile, latePlugIns } from '../../js/src/late_plug_ins.ts';
import type { Capture, Sink } from '../../js/src/types.ts';

/** A sink whose idle work runs when `idle` is called. */
function sinkOf() {
  const waiting = new Set<() => void>();
  const sink = {
    whenIdle(work: () => void) {
      waiting.add(work);
      return () => void waiting.delete(work);
    },
  } as Sink;
  const idle = () => {
    const works = [...waiting];
    waiting.clear();
    for (const work of works) work();
  };
  return { sink, idle };
}

/** A late file that the test lets load or fail. Its plug-ins log what happens to them. */
function lateFile(more: object = {}) {
  const log: string[] = [];
  const sinks: Sink[] = [];
  const plugIn = (name: string) => (options?: object) => ({
    name,
    start(sink: Sink) {
      sinks.push(sink);
      log.push(`start ${name}${options ? ` ${JSON.stringify(options)}` : ''}`);
      return () => void log.push(`stop ${name}`);
    },
  });
  const file = { clicks: plugIn('clicks'), forms: plugIn('forms'), ...more } as LateFile;
  const settled: { load(): void; fail(): void }[] = [];
  const load = vi.fn(
    () =>
      new Promise<LateFile>((resolve, reject) => {
        settled.push({ load: () => resolve(file), fail: () => reject(new TypeError('offline')) });
      }),
  );
  /** Lets the file load, or fail, and everything happen that follows. */
  const settle = async (how: 'load' | 'fail' = 'load') => {
    for (const one of settled) one[how]();
    await new Promise((done) => setImmediate(done));
  };
  return { plugIns: latePlugIns(load), load, settle, log, sinks };
}

test('each late plug-in has a stand-in of the same name, with nothing that a stand-in lacks', () => {
  const { plugIns } = lateFile();
  const calls = (file: LateFile) =>
    Object.entries(file)
      .map(([key, make]): [string, Capture] => [key, make()])
      .map(([key, plugIn]) => [key, plugIn.name, Object.keys(plugIn).sort().join()])
      .sort();
  expect(calls(plugIns)).toEqual(calls(late));
});

test('the file loads at the first idle moment, once for all plug-ins', async () => {
  const { plugIns, load, settle, log, sinks } = lateFile();
  const { sink, idle } = sinkOf();
  plugIns.clicks({ dead: false }).start(sink);
  plugIns.forms().start(sink);
  expect(load).not.toHaveBeenCalled();
  idle();
  expect(load).toHaveBeenCalledOnce();
  expect(log).toEqual([]);
  await settle();
  expect(log).toEqual(['start clicks {"dead":false}', 'start forms']);
  expect(sinks).toEqual([sink, sink]);
});

test('a page that starts no late plug-in never loads the file', async () => {
  const { plugIns, load } = lateFile();
  const { idle } = sinkOf();
  plugIns.clicks();
  idle();
  expect(load).not.toHaveBeenCalled();
});

test('a plug-in that was stopped before the idle moment loads nothing', async () => {
  const { plugIns, load, settle, log } = lateFile();
  const { sink, idle } = sinkOf();
  plugIns.clicks().start(sink)();
  idle();
  await settle();
  expect(load).not.toHaveBeenCalled();
  expect(log).toEqual([]);
});

test('a plug-in that was stopped while the file loads never starts', async () => {
  const { plugIns, settle, log } = lateFile();
  const { sink, idle } = sinkOf();
  const stop = plugIns.clicks().start(sink);
  plugIns.forms().start(sink);
  idle();
  stop();
  await settle();
  expect(log).toEqual(['start forms']);
});

test('a plug-in that is stopped while it starts stops', async () => {
  let stop = () => {};
  const log: string[] = [];
  const clicks = () => ({
    name: 'clicks',
    start() {
      stop();
      return () => void log.push('stop');
    },
  });
  const { plugIns, settle } = lateFile({ clicks });
  const { sink, idle } = sinkOf();
  stop = plugIns.clicks().start(sink);
  idle();
  await settle();
  expect(log).toEqual(['stop']);
});

test('a running plug-in stops once, and starts again without another load', async () => {
  const { plugIns, load, settle, log } = lateFile();
  const { sink, idle } = sinkOf();
  const clicks = plugIns.clicks();
  const stop = clicks.start(sink);
  idle();
  await settle();
  stop();
  stop();
  expect(log).toEqual(['start clicks', 'stop clicks']);
  clicks.start(sink);
  idle();
  await settle();
  expect(log).toEqual(['start clicks', 'stop clicks', 'start clicks']);
  expect(load).toHaveBeenCalledOnce();
});

test('a plug-in that starts again while the file loads starts once', async () => {
  const { plugIns, settle, log } = lateFile();
  const { sink, idle } = sinkOf();
  const clicks = plugIns.clicks();
  const stop = clicks.start(sink);
  idle();
  stop();
  clicks.start(sink);
  idle();
  await settle();
  expect(log).toEqual(['start clicks']);
});

test.each<[string, object]>([
  [
    'throws as it is made',
    {
      clicks: () => {
        throw new TypeError('a wrong option');
      },
    },
  ],
  [
    'throws as it starts',
    {
      clicks: () => ({
        name: 'clicks',
        start: () => {
          throw new Error('an odd browser');
        },
      }),
    },
  ],
  ['is missing in the file of another version', { clicks: undefined }],
])(
  'a plug-in that %s does not keep the others from starting, and can be stopped',
  async (...row) => {
    const [, more] = row;
    const { plugIns, settle, log } = lateFile(more);
    const { sink, idle } = sinkOf();
    const stop = plugIns.clicks().start(sink);
    plugIns.forms().start(sink);
    idle();
    await settle();
    expect(log).toEqual(['start forms']);
    expect(stop()).toBeUndefined();
  },
);

test('if the file does not load, nothing starts, and no error reaches the page', async () => {
  const failed: unknown[] = [];
  const onFailure = (error: unknown) => failed.push(error);
  process.on('unhandledRejection', onFailure);
  const { plugIns, load, settle, log } = lateFile();
  const { sink, idle } = sinkOf();
  const stops = [plugIns.clicks().start(sink), plugIns.forms().start(sink)];
  idle();
  await settle('fail');
  for (const stop of stops) stop();
  process.off('unhandledRejection', onFailure);
  expect(failed).toEqual([]);
  expect(log).toEqual([]);
  expect(load).toHaveBeenCalledOnce();
});
