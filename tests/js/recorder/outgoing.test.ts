// Events on their way to the engine: groups, confirmations, an engine that stops answering, and exits.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Group, Listener } from '../../../js/src/engine/engine.ts';
import type { PageState } from '../../../js/src/engine/host.ts';
import type { EngineSettings } from '../../../js/src/engine/settings.ts';
import { type Connection, Outgoing } from '../../../js/src/recorder/outgoing.ts';
import { Report } from '../../../js/src/recorder/report.ts';
import type { Drop, Notice } from '../../../js/src/types.ts';

/** How long a recorder waits for the confirmation of a group. */
const PATIENCE_MS = 6_000;

const SETTINGS: EngineSettings = {
  url: 'https://log.example.com/logstores/web/track',
  source: '',
  topic: 't',
  tags: { release: '7' },
  flushCount: 200,
  flushBytes: 65_536,
  flushInterval: 10_000,
  compression: 'lz4',
  compressAbove: 1_024,
  storage: true,
  outboxBytes: 4_194_304,
  outboxAge: 604_800_000,
  exit: 'once',
  coreUrl: undefined,
};

/** An engine whose answers the test controls. */
class FakeEngine {
  readonly groups: Group[] = [];
  readonly calls: string[] = [];
  readonly notes: string[] = [];
  readonly resumed: boolean;
  readonly listener: Listener;
  /** Last group that the engine has of a recorder that resumes. */
  received = -1;
  isFlushing = false;
  isDead = false;
  #flushed = () => {};

  constructor(resumed: boolean, listener: Listener) {
    this.resumed = resumed;
    this.listener = listener;
  }

  /** Resolves the last flush. */
  answer(): void {
    this.#flushed();
  }

  session(isLocal: boolean): Connection {
    const record = (method: string) => () => void this.calls.push(method);
    return {
      isLocal,
      stored: Promise.resolve(this.received),
      add: (group) => void this.groups.push(group),
      flush: () => {
        this.isFlushing = true;
        return new Promise<void>((done) => {
          this.#flushed = done;
        });
      },
      takeNotes: (notes) => void this.notes.push(...notes.map(([key]) => key)),
      hide: record('hide'),
      show: record('show'),
      pause: record('pause'),
      resume: record('resume'),
      end: () => (this.isDead ? new Promise(() => {}) : Promise.resolve(record('end')())),
      leave: record('leave'),
    };
  }
}

let engines: FakeEngine[];
let drops: Drop[];
let notices: Notice[];
let beacons: { url: string; body: Blob }[];
let storage: Map<string, string>;
let report: Report;
/** Whether sendBeacon() succeeds. */
let takesBeacons: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  [engines, drops, notices, beacons] = [[], [], [], []];
  takesBeacons = true;
  storage = new Map();
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal(
    'localStorage',
    new Proxy(
      {},
      {
        get: (_, name) =>
          ({
            getItem: (key: string) => storage.get(key) ?? null,
            setItem: (key: string, text: string) => storage.set(key, text),
            removeItem: (key: string) => storage.delete(key),
          })[name as string] ?? storage.get(name as string),
        ownKeys: () => [...storage.keys()],
        getOwnPropertyDescriptor: (_, name) => ({
          configurable: true,
          enumerable: true,
          value: storage.get(name as string),
        }),
      },
    ),
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

interface Setup {
  settings?: Partial<EngineSettings>;
  isLocal?: boolean;
  /** Last group that the next engine has of a recorder that resumes. */
  received?: () => number;
  isMissing?: () => boolean;
}

function start({
  settings,
  isLocal = false,
  received = () => -1,
  isMissing = () => false,
}: Setup = {}) {
  report = new Report({
    onDrop: (drop) => drops.push(drop),
    onNotice: (notice) => notices.push(notice),
  });
  return new Outgoing(
    'rec',
    report,
    () => ({ ...SETTINGS, ...settings }),
    async (_, resumes, listener) => {
      if (isMissing()) {
        listener.notice({ kind: 'engine_failed', message: 'gone' });
        return undefined;
      }
      const engine = new FakeEngine(resumes, listener);
      engine.received = received();
      engines.push(engine);
      return engine.session(isLocal);
    },
  );
}

const page = (ending = false): PageState => ({
  hidden: true,
  ending,
  beacon(url, body) {
    if (takesBeacons) beacons.push({ url, body });
    return takesBeacons;
  },
});

const named = (group: Group | undefined) => group?.events.map(([, value]) => value);
const engine = (at = 0) => engines[at] as FakeEngine;
const add = (outgoing: Outgoing, ...events: string[]) => {
  for (const event of events) outgoing.add(['event', event], 'normal');
};
const bodies = () => Promise.all(beacons.map(async ({ body }) => JSON.parse(await body.text())));

test('no engine is started and nothing is sent without events', async () => {
  const outgoing = start();
  outgoing.hide(page());
  outgoing.show();
  outgoing.pause();
  outgoing.resume();
  await outgoing.end(page());
  expect(outgoing.isUnused).toBe(true);
  expect([engines, beacons, [...storage]]).toEqual([[], [], []]);
});

test('events are posted in numbered groups with the losses before them', async () => {
  const outgoing = start();
  add(outgoing, 'a', 'b');
  outgoing.add(['event', 'c'], 'high');
  report.drop({ reason: 'invalid_event', events: 1 });
  outgoing.post();
  await outgoing.connect();
  add(outgoing, 'd');
  expect(engine().groups).toHaveLength(1);
  outgoing.post();
  outgoing.post();
  expect(engine().groups).toMatchObject([
    { number: 0, high: [2], losses: [['invalid_event', 1]] },
    { number: 1, high: [], losses: [] },
  ]);
  expect(engine().groups.map(named)).toEqual([['a', 'b', 'c'], ['d']]);
});

test('a full group is posted at once', async () => {
  const outgoing = start();
  await outgoing.connect();
  add(outgoing, ...Array.from({ length: 101 }, (_, n) => String(n)));
  expect(engine().groups.map(({ events }) => events.length)).toEqual([50, 50]);
});

test('at most 4,096 events wait for an engine, and posted events do not count', async () => {
  const outgoing = start();
  add(outgoing, ...Array.from({ length: 4_100 }, () => 'x'));
  expect(drops).toEqual(Array(4).fill({ reason: 'queue_full', events: 1 }));
  await outgoing.connect();
  add(outgoing, ...Array.from({ length: 100 }, () => 'x'));
  outgoing.post();
  expect(drops).toHaveLength(4);
  expect(engine().groups.reduce((sum, { events }) => sum + events.length, 0)).toBe(4_196);
});

test('the text of waiting events is limited, and so is the text of one event', async () => {
  const outgoing = start();
  add(outgoing, 'x'.repeat(2_800_000));
  expect(drops).toEqual([{ reason: 'too_large', events: 1 }]);
  add(outgoing, 'x'.repeat(2_000_000), 'x'.repeat(900_000), 'x');
  expect(drops.slice(1)).toEqual([{ reason: 'queue_full', events: 1 }]);
});

test('events sent by a beacon do not count as waiting', () => {
  const outgoing = start({ isMissing: () => true });
  for (let n = 0; n < 100; n++) {
    add(outgoing, 'x'.repeat(50_000));
    outgoing.hide(page());
  }
  expect(drops).toEqual([]);
  expect(beacons).toHaveLength(100);
});

test('a page that unloads during sendBeacon() sends each event once', async () => {
  const outgoing = start({ isMissing: () => true });
  add(outgoing, 'a');
  outgoing.post();
  add(outgoing, 'b');
  let isUnloading = false;
  const leaving: PageState = {
    ...page(true),
    beacon(url, body) {
      beacons.push({ url, body });
      if (isUnloading) return true;
      isUnloading = true;
      outgoing.hide(leaving);
      outgoing.pause();
      return true;
    },
  };
  outgoing.hide(leaving);
  const logs = (await bodies()).flatMap(({ __logs__ }) => __logs__);
  expect(logs).toEqual([{ event: 'a' }, { event: 'b' }]);
  expect(storage.size).toBe(0);
});

test('a confirmation covers all earlier groups, so only later groups are posted again', async () => {
  const outgoing = start();
  await outgoing.connect();
  for (const event of ['a', 'b', 'c']) {
    add(outgoing, event);
    outgoing.post();
  }
  engine().listener.stored(1);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(engines).toHaveLength(1); // the wait begins anew with the oldest group that is left
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(engines).toHaveLength(2);
  expect(engine(1).resumed).toBe(true);
  expect(engine(1).groups.map(named)).toEqual([['c']]);
});

test('an engine that does not answer is replaced, and the new one gets the missing groups', async () => {
  let received = -1;
  const outgoing = start({ received: () => received });
  await outgoing.connect();
  for (const event of ['a', 'b', 'c']) {
    add(outgoing, event);
    outgoing.post();
  }
  received = 0;
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(engine(1).groups.map(named)).toEqual([['b'], ['c']]);
  engine(1).listener.stored(2);
  await vi.advanceTimersByTimeAsync(10 * PATIENCE_MS);
  expect(engines).toHaveLength(2);
});

test('an engine in the page itself is never replaced', async () => {
  const outgoing = start({ isLocal: true });
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.post();
  await vi.advanceTimersByTimeAsync(10 * PATIENCE_MS);
  expect(engines).toHaveLength(1);
});

test('no engine is replaced while the page is in the back/forward cache', async () => {
  const outgoing = start();
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.post();
  outgoing.pause();
  await vi.advanceTimersByTimeAsync(10 * PATIENCE_MS);
  expect(engines).toHaveLength(1);
  outgoing.resume();
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(engines).toHaveLength(2);
});

test('flush() asks the engine, and its replacement if the engine dies', async () => {
  const outgoing = start();
  add(outgoing, 'a');
  let isDone = false;
  const flushed = outgoing.flush().then(() => {
    isDone = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  engine().listener.stored(0);
  engine().answer();
  await flushed;
  isDone = false;
  const again = outgoing.flush().then(() => {
    isDone = true;
  });
  // Everything is stored, so the flush posts an empty group to check that the engine is alive.
  await vi.advanceTimersByTimeAsync(0);
  expect(engine().groups.map(named)).toEqual([['a'], []]);
  await vi.advanceTimersByTimeAsync(2 * PATIENCE_MS);
  expect(isDone).toBe(false);
  expect(engine(1).isFlushing).toBe(true);
  engine(1).answer();
  await again;
  expect(isDone).toBe(true);
});

test('an exit before the engine has loaded sends one beacon with plain JSON', async () => {
  const outgoing = start();
  add(outgoing, 'a', '茶');
  outgoing.hide(page());
  outgoing.hide(page(true));
  outgoing.pause();
  expect(beacons.map(({ url }) => url)).toEqual([`${SETTINGS.url}?APIVersion=0.6.0`]);
  expect(await bodies()).toEqual([
    {
      __logs__: [{ event: 'a' }, { event: '茶' }],
      __source__: '',
      __topic__: 't',
      __tags__: { release: '7', batch_id: 'rec-0' },
    },
  ]);
  const { size } = (beacons[0] as { body: Blob }).body;
  expect(report.counts).toMatchObject({ sent: 2, rawBytes: size, wireBytes: size });
  expect(storage.size).toBe(0);
  await outgoing.connect();
  expect(engine().groups).toEqual([]);
});

test('a group too large for a beacon is saved as a note until an engine has stored it', async () => {
  const outgoing = start();
  add(outgoing, 'a'.repeat(40_000));
  outgoing.post();
  add(outgoing, 'b'.repeat(40_000));
  outgoing.hide(page(true));
  expect(beacons).toHaveLength(1);
  expect([...storage.keys()]).toEqual(['webtrack rec 1']);
  // The page comes back from the back/forward cache.
  outgoing.pause();
  outgoing.resume();
  await outgoing.connect();
  expect(engine().groups.map(({ number }) => number)).toEqual([1]);
  engine().listener.stored(1);
  expect(storage.size).toBe(0);
});

test('a hidden page writes no note if sendBeacon() fails, and posts the events to its engine', async () => {
  takesBeacons = false;
  const outgoing = start();
  add(outgoing, 'a');
  outgoing.hide(page());
  expect(storage.size).toBe(0);
  await outgoing.connect();
  expect(engine().groups.map(named)).toEqual([['a']]);
  expect(engine().calls).toEqual(['hide']);
});

test.each<[string, () => Partial<EngineSettings>]>([
  ['exit is "certain"', () => ({ exit: 'certain' })],
  [
    'the last request failed',
    () => {
      storage.set('webtrack doubt', '1');
      return {};
    },
  ],
  [
    'the browser is offline',
    () => {
      vi.stubGlobal('navigator', { onLine: false });
      return {};
    },
  ],
])(
  'if %s, the beacon is sent only during unload and a note is saved with it',
  async (_, prepare) => {
    const outgoing = start({ settings: prepare() });
    add(outgoing, 'a');
    outgoing.hide(page());
    expect(beacons).toEqual([]);
    outgoing.hide(page(true));
    expect((await bodies()).map(({ __tags__ }) => __tags__.batch_id)).toEqual(['rec-0']);
    const note = JSON.parse(storage.get('webtrack rec 0') as string);
    expect(note).toMatchObject({ tracker: 'rec', number: 0, events: 1, owned: true });
    expect(JSON.parse(note.json).__tags__.batch_id).toBe('rec-0');
  },
);

test('a page that unloads saves notes of the groups that its worker has not confirmed', async () => {
  const outgoing = start();
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.post();
  engine().listener.stored(0);
  add(outgoing, 'b');
  outgoing.hide(page(true));
  outgoing.pause();
  expect(engine().groups.map(named)).toEqual([['a'], ['b']]);
  expect([...storage.keys()]).toEqual(['webtrack rec 1']);
  expect(engine().calls).toEqual(['hide', 'pause']);
});

test('an engine in the page handles the exit without beacons or notes of the recorder', async () => {
  const outgoing = start({ isLocal: true });
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.hide(page(true));
  outgoing.pause();
  expect([beacons, storage.size]).toEqual([[], 0]);
});

test('storage: false saves no notes', async () => {
  const outgoing = start({ settings: { storage: false, exit: 'certain' } });
  add(outgoing, 'a');
  outgoing.hide(page(true));
  outgoing.pause();
  expect(beacons).toHaveLength(1);
  expect(storage.size).toBe(0);
});

test('storage: false does not save that the endpoint fails', async () => {
  const outgoing = start({ settings: { storage: false } });
  await outgoing.connect();
  engine().listener.doubted(true);
  expect(storage.size).toBe(0);
});

test('a page that begins to unload twice sends each event once', async () => {
  const outgoing = start({ settings: { exit: 'certain' } });
  add(outgoing, 'a');
  outgoing.hide(page(true));
  add(outgoing, 'b');
  outgoing.hide(page(true));
  expect((await bodies()).map(({ __logs__ }) => __logs__)).toEqual([
    [{ event: 'a' }],
    [{ event: 'b' }],
  ]);
});

test('shutdown resolves if the worker has died', async () => {
  const outgoing = start();
  await outgoing.connect();
  engine().isDead = true;
  let isEnded = false;
  void outgoing.end(page()).then(() => {
    isEnded = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  engine().listener.stored(0);
  engine().answer();
  await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
  expect(isEnded).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isEnded).toBe(true);
});

test('notes of earlier pages are handed to a worker, and deleted when it has stored them', async () => {
  storage.set('webtrack old 0', '{}');
  storage.set('webtrack identity', 'a/b///5');
  const outgoing = start();
  await outgoing.connect();
  expect(engine().notes).toEqual(['webtrack old 0']);
  engine().listener.noteStored('webtrack old 0');
  expect([...storage.keys()]).toEqual(['webtrack identity']);
});

test('shutdown without an engine sends the events by a beacon', async () => {
  const outgoing = start({ isMissing: () => true });
  add(outgoing, 'a');
  await outgoing.end(page());
  expect((await bodies()).map(({ __logs__ }) => __logs__)).toEqual([[{ event: 'a' }]]);
});

test('an engine that did not load is requested again with back-off, and reported once', async () => {
  let asked = 0;
  const outgoing = start({ isMissing: () => ++asked < 4 });
  add(outgoing, 'a');
  outgoing.post();
  await outgoing.connect();
  const seen: number[] = [];
  for (let second = 1; second <= 14; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    seen.push(asked);
  }
  expect(seen).toEqual([1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4]);
  expect(engine().groups.map(named)).toEqual([['a']]);
  expect(notices).toEqual([{ kind: 'engine_failed', message: 'gone' }]);
});

test('shutdown ends the requests for an engine', async () => {
  let asked = 0;
  const outgoing = start({ isMissing: () => ++asked > 0 });
  add(outgoing, 'a');
  await outgoing.end(page());
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toBe(1);
});

test('reports of the engine are counted and passed to the hooks', async () => {
  const outgoing = start();
  await outgoing.connect();
  engine().listener.delivered({ events: 2, rawBytes: 100, wireBytes: 50 });
  engine().listener.lost({ reason: 'queue_full', events: 3 });
  engine().listener.notice({ kind: 'memory_only' });
  expect(report.counts).toMatchObject({ sent: 2, rawBytes: 100, wireBytes: 50, dropped: 3 });
  expect(drops).toEqual([{ reason: 'queue_full', events: 3 }]);
  expect(notices).toEqual([{ kind: 'memory_only' }]);
  // The engine has already counted this loss, so it is not sent back.
  expect(report.takeLosses()).toEqual([]);
});
