// Where a tracker runs: in a page, in a worker or on a server, and which engine it asks for.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PageMessage, WorkerMessage } from '../../../js/src/channel/protocol.ts';
import type { Group, Hello, Listener, Session } from '../../../js/src/engine/engine.ts';
import type { PageState } from '../../../js/src/engine/host.ts';
import type { NoteStorage } from '../../../js/src/engine/notes.ts';
import { createTrackerWith, type Sources } from '../../../js/src/recorder/create.ts';
import { pageNotes } from '../../../js/src/recorder/page_notes.ts';
import type { Capture, Notice, Sink, Tracker, TrackerOptions } from '../../../js/src/types.ts';
import { fakePage } from '../fake_page.ts';

const ORIGIN = 'https://shop.example.com';
const OPTIONS: TrackerOptions = { host: 'https://log.example.com', logstore: 'web' };
const CHROMIUM =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36';

let trackers: Tracker[];

beforeEach(() => {
  vi.useFakeTimers();
  trackers = [];
});

afterEach(async () => {
  await Promise.all(trackers.map((tracker) => tracker.shutdown()));
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A worker that creates a tracker. */
const inWorker = () => vi.stubGlobal('WorkerGlobalScope', class {});

/** A page without shared workers, unless the test stubs them. */
function inPage(state: Parameters<typeof fakePage>[0] = {}) {
  vi.stubGlobal('SharedWorker', undefined);
  vi.stubGlobal('location', new URL('/cart/', ORIGIN));
  vi.stubGlobal('navigator', { userAgent: CHROMIUM, onLine: true });
  return fakePage(state);
}

/** Sources with an engine that stores each group at once, and what the engine got. */
function sourcesOf(more: Partial<Sources> = {}) {
  const asked: [page: PageState | undefined, notes: NoteStorage][] = [];
  const hellos: Hello[] = [];
  const groups: Group[] = [];
  const open = (hello: Hello, listener: Listener): Session => {
    hellos.push({ ...hello });
    const ignore = () => {};
    return {
      stored: Promise.resolve(-1),
      add(group) {
        groups.push(group);
        listener.stored(group.number);
      },
      flush: async () => {},
      takeNotes: ignore,
      hide: ignore,
      show: ignore,
      pause: ignore,
      resume: ignore,
      end: async () => {},
      gone: ignore,
    };
  };
  const sources: Sources = {
    worker: vi.fn(() => undefined),
    async engine(page, notes) {
      asked.push([page, notes]);
      return { open };
    },
    ...more,
  };
  const names = () =>
    groups.flatMap(({ events }) => events).map((fields) => fields[fields.indexOf('event') + 1]);
  return { sources, asked, hellos, names };
}

function create(sources: Sources, options: Partial<TrackerOptions> = {}): Tracker {
  const tracker = createTrackerWith({ ...OPTIONS, ...options }, sources);
  trackers.push(tracker);
  return tracker;
}

/** Stubs shared workers, which outlive their pages or not, and answer each message. */
function sharedWorkers(isLasting: boolean) {
  const addresses: string[] = [];
  const posted: PageMessage[] = [];
  class SharedWorker {
    onerror = null;
    readonly port = {
      onmessage: (_: { data: WorkerMessage }) => {},
      postMessage: (message: PageMessage) => {
        posted.push(message);
        const data = answerTo(message);
        if (data) queueMicrotask(() => this.port.onmessage({ data }));
      },
      close() {},
    };
    constructor(address: string, options: { extendedLifetime?: boolean }) {
      addresses.push(address);
      if (isLasting) void options.extendedLifetime;
    }
  }
  vi.stubGlobal('SharedWorker', SharedWorker);
  return { addresses, posted };
}

function answerTo(message: PageMessage): WorkerMessage | undefined {
  if (message.kind === 'hello') return { kind: 'ready', stored: -1 };
  if (message.kind === 'group') return { kind: 'stored', group: message.group.number };
  if (message.kind === 'flush' || message.kind === 'end') return { kind: 'done', id: message.id };
  return undefined;
}

/** A plug-in that logs its start. */
const logging = (name: string, log: string[], text = name): Capture => ({
  name,
  start() {
    log.push(text);
    return () => {};
  },
});

test('on a server a tracker does nothing, and starts no plug-in', async () => {
  const { sources, asked } = sourcesOf();
  const log: string[] = [];
  const tracker = create(sources, { capture: [logging('a', log)] });
  tracker.track({ event: 'a' });
  tracker.identify('u1');
  tracker.register({ a: 1 });
  tracker.setConsent('granted');
  tracker.reset();
  expect(await tracker.flush()).toBeUndefined();
  expect(await tracker.shutdown()).toBeUndefined();
  const none = { tracked: 0, sent: 0, dropped: 0, rawBytes: 0, wireBytes: 0 };
  expect(tracker.counts).toEqual(none);
  expect([log, asked]).toEqual([[], []]);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ['a server', () => {}],
  ['a worker', inWorker],
  ['a page', () => void inPage()],
])('on %s a wrong option throws an error that names it', (_, prepare) => {
  prepare();
  const { sources } = sourcesOf();
  expect(() => create(sources, { logstore: '' })).toThrow(
    new TypeError('webtrack: option "logstore" must be the name of an SLS logstore, not ""'),
  );
});

test('in a worker the engine has no page, and looks for no shared worker', async () => {
  inWorker();
  const { addresses } = sharedWorkers(true);
  const { sources, asked, names } = sourcesOf();
  const tracker = create(sources);
  tracker.track({ event: 'a' });
  tracker.track({ event: 'b' });
  await tracker.flush();
  expect(names()).toEqual(['a', 'b']);
  expect(asked).toEqual([[undefined, pageNotes]]);
  expect(sources.worker).not.toHaveBeenCalled();
  expect(addresses).toEqual([]);
});

test('in a worker idle work runs in a timer, and can be cancelled', () => {
  inWorker();
  const done: string[] = [];
  const capture: Capture = {
    name: 'idle',
    start(sink: Sink) {
      sink.whenIdle(() => done.push('done'));
      sink.whenIdle(() => done.push('cancelled'))();
      return () => {};
    },
  };
  create(sourcesOf().sources, { capture: [capture] });
  expect(done).toEqual([]);
  expect(vi.getTimerCount()).toBe(1);
  vi.runAllTimers();
  expect(done).toEqual(['done']);
});

test('in a page the engine knows the state of the page', async () => {
  const page = inPage();
  const { sources, asked, names } = sourcesOf();
  const tracker = create(sources);
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(names()).toEqual(['a']);
  expect(asked).toHaveLength(1);
  const [state, notes] = asked[0] ?? [];
  expect(notes).toBe(pageNotes);
  expect([state?.hidden, state?.ending]).toEqual([false, false]);
  page.window.fire('pagehide');
  page.turn('hidden');
  expect([state?.hidden, state?.ending]).toEqual([true, true]);
});

test('a page whose load never comes has an engine after ten seconds', async () => {
  inPage({ readyState: 'interactive' });
  const { sources, names } = sourcesOf();
  const tracker = create(sources);
  tracker.track({ event: 'a' });
  const flushed = tracker.flush();
  await vi.advanceTimersByTimeAsync(10_000);
  await flushed;
  expect(names()).toEqual(['a']);
});

test('the engine loads after the page, even if the page flushes before', async () => {
  const page = inPage({ readyState: 'interactive' });
  const { sources, asked, names } = sourcesOf();
  const tracker = create(sources);
  tracker.track({ event: 'a' });
  const flushed = tracker.flush();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(asked).toEqual([]);
  page.load();
  await flushed;
  expect(names()).toEqual(['a']);
});

test('each tracker has an id of its own, and tells the engine its options', async () => {
  inPage();
  const { sources, hellos } = sourcesOf();
  for (const topic of ['one', 'two']) {
    const tracker = create(sources, { topic });
    tracker.track({ event: 'a' });
    await tracker.flush();
  }
  expect(hellos).toMatchObject([
    {
      resumes: false,
      settings: { topic: 'one', url: 'https://log.example.com/logstores/web/track' },
    },
    { resumes: false, settings: { topic: 'two' } },
  ]);
  const ids = hellos.map(({ recorder }) => recorder);
  expect(ids.filter((id) => /^[0-9a-z]{14,20}$/.test(id))).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
});

test('the library is asked for its worker when an event has to be sent, not before', async () => {
  inPage();
  sharedWorkers(false);
  const { sources } = sourcesOf();
  const tracker = create(sources);
  expect(sources.worker).not.toHaveBeenCalled();
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(sources.worker).toHaveBeenCalledOnce();
});

const OWN = `${ORIGIN}/js/webtrack.worker.js`;

test.each<[string, TrackerOptions['worker'], string | URL | undefined, string[]]>([
  ['the address of the library', undefined, OWN, [OWN]],
  ['the address of the library as a URL', undefined, new URL(OWN), [OWN]],
  ['an option relative to the page', './w.js', OWN, [`${ORIGIN}/cart/w.js`]],
  ['an option relative to the origin', '/w.js', undefined, [`${ORIGIN}/w.js`]],
  ['an option that is a URL', new URL('/w.js', ORIGIN), OWN, [`${ORIGIN}/w.js`]],
  ['the option false', false, OWN, []],
  ['no known address', undefined, undefined, []],
])('the shared worker comes from %s', async (_, worker, own, expected) => {
  inPage();
  const { addresses } = sharedWorkers(false);
  const notices: Notice[] = [];
  const { sources, names } = sourcesOf({ worker: () => own });
  const onNotice = (notice: Notice) => notices.push(notice);
  const tracker = create(sources, { onNotice, ...(worker !== undefined && { worker }) });
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(addresses).toEqual(expected);
  // These workers end with their pages, so the page does the work.
  expect(names()).toEqual(['a']);
  expect(notices).toEqual([]);
});

test.each<[string, Partial<TrackerOptions>, Partial<Sources>, string | undefined]>([
  ['beside the worker', {}, {}, undefined],
  [
    'of the library',
    {},
    { workerCore: () => new URL('/js/hc.wasm', ORIGIN) },
    `${ORIGIN}/js/hc.wasm`,
  ],
  [
    'of the option coreUrl',
    { coreUrl: 'my.wasm' },
    { workerCore: () => new URL('/js/hc.wasm', ORIGIN) },
    `${ORIGIN}/cart/my.wasm`,
  ],
])('a lasting worker gets the events, and the core %s', async (_, options, more, coreUrl) => {
  inPage();
  const { posted } = sharedWorkers(true);
  const { sources, asked } = sourcesOf({ worker: () => OWN, ...more });
  const tracker = create(sources, options);
  tracker.track({ event: 'a' });
  await tracker.flush();
  const [first] = posted;
  expect(first?.kind === 'hello' && first.hello.settings.coreUrl).toBe(coreUrl);
  expect(posted.map(({ kind }) => kind)).toEqual(['hello', 'notes', 'group', 'flush']);
  expect(asked).toEqual([]);
});

test('an engine that does not load is told in a notice, and the events wait for the next try', async () => {
  inPage();
  const notices: Notice[] = [];
  const { sources, names } = sourcesOf();
  const { engine } = sources;
  sources.engine = async () => {
    throw new TypeError('Failed to fetch engine.js');
  };
  const tracker = create(sources, { onNotice: (notice) => notices.push(notice) });
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(notices).toEqual([
    { kind: 'engine_failed', message: expect.stringContaining('Failed to fetch engine.js') },
  ]);
  expect(tracker.counts).toMatchObject({ tracked: 1, sent: 0, dropped: 0 });
  sources.engine = engine;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(names()).toEqual(['a']);
});

test('if two plug-ins share a name, the last one starts', () => {
  inPage();
  const log: string[] = [];
  const capture = [logging('a', log, 'first'), logging('b', log), logging('a', log, 'last')];
  create(sourcesOf().sources, { capture });
  expect(log.sort()).toEqual(['b', 'last']);
});

test('after shutdown() no listener is left in the page', async () => {
  const { window, document } = inPage({ prerendering: true });
  const tracker = create(sourcesOf().sources);
  expect(document.types).toEqual(['prerenderingchange', 'visibilitychange']);
  await tracker.shutdown();
  expect([...window.types, ...document.types]).toEqual([]);
});

test('in a page that has removed an API of every browser a tracker does nothing', async () => {
  inPage();
  vi.stubGlobal('addEventListener', undefined);
  const { sources, asked } = sourcesOf();
  const tracker = create(sources);
  tracker.track({ event: 'a' });
  await tracker.flush();
  expect(tracker.counts.tracked).toBe(0);
  expect(asked).toEqual([]);
});
