// Where the engine runs, and which notices report that it is not where it should be.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ConnectionListener, connect, type Hosts } from '../../../js/src/channel/connect.ts';
import type { PageMessage, WorkerMessage } from '../../../js/src/channel/protocol.ts';
import type { Hello, Session } from '../../../js/src/engine/engine.ts';
import type { Notice } from '../../../js/src/types.ts';

const ORIGIN = 'https://shop.example.com';
const WORKER = new URL('/webtrack.worker.js', ORIGIN);
const HELLO = { recorder: 'rec', resumes: false, settings: {} } as Hello;

let notices: Notice[];
const listener: ConnectionListener = {
  stored() {},
  delivered() {},
  lost() {},
  notice: (notice) => notices.push(notice),
  noteStored() {},
  doubted() {},
  died() {},
};
const local = { flush: async () => {} } as Session;

/** How a worker behaves. */
type Fate = 'answers' | 'fails' | 'is silent';

const CHROMIUM =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36';
const OLD_CHROMIUM = CHROMIUM.replace('156', '147');
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0';

/** Stubs SharedWorker. `isLasting`: the browser supports the option `extendedLifetime`. */
function browserWith({
  fate = 'answers' as Fate,
  isLasting = true,
  refuses = '',
  userAgent = CHROMIUM,
} = {}) {
  const started: { address: string; name: string }[] = [];
  const posted: PageMessage[] = [];
  let say = (_: WorkerMessage) => {};
  class SharedWorker {
    onerror: (() => void) | null = null;
    readonly port = {
      onmessage: (_: { data: WorkerMessage }) => {},
      postMessage: (message: PageMessage) => {
        posted.push(message);
        queueMicrotask(() => {
          if (fate === 'fails') this.onerror?.();
          if (fate === 'answers') this.port.onmessage({ data: { kind: 'ready', stored: 3 } });
        });
      },
      close: vi.fn(),
    };
    constructor(address: string, options: { name: string; extendedLifetime?: boolean }) {
      if (/TrustedScriptURL/.test(refuses)) throw new TypeError(refuses);
      if (isLasting) void options.extendedLifetime;
      if (!URL.canParse(address)) throw new SyntaxError('no address');
      if (refuses) throw new DOMException(refuses, 'SecurityError');
      started.push({ address, name: options.name });
      say = (data) => this.port.onmessage({ data });
    }
  }
  vi.stubGlobal('SharedWorker', SharedWorker);
  vi.stubGlobal('navigator', { userAgent });
  vi.stubGlobal('location', new URL('/cart', ORIGIN));
  return { started, posted, say: (message: WorkerMessage) => say(message) };
}

const hosts = (more: Partial<Hosts> = {}): Hosts => ({
  worker: () => WORKER,
  workerCore: () => undefined,
  openLocal: async () => ({ ...local }),
  whenLoaded: async () => {},
  ...more,
});

beforeEach(() => {
  notices = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test.each([
  ['Chromium', CHROMIUM],
  ['another browser', FIREFOX],
])(
  'the engine runs in the shared worker if %s lets workers outlive their pages',
  async (_, userAgent) => {
    const { started, posted } = browserWith({ userAgent });
    const session = await connect(hosts(), HELLO, listener);
    expect(session?.isLocal).toBe(false);
    expect(await session?.stored).toBe(3);
    // The version is part of the name, so that two versions use two workers.
    expect(started).toEqual([
      { address: WORKER.href, name: expect.stringMatching(/^webtrack 0\.0\.0 \d+$/) },
    ]);
    expect(posted).toMatchObject([{ kind: 'hello', hello: { recorder: 'rec' } }]);
    expect(notices).toEqual([]);
  },
);

test('the worker gets the URL of its core', async () => {
  const { posted } = browserWith();
  await connect(hosts({ workerCore: () => `${ORIGIN}/core_hc.wasm` }), HELLO, listener);
  expect(posted).toMatchObject([{ hello: { settings: { coreUrl: `${ORIGIN}/core_hc.wasm` } } }]);
});

test.each<[string, () => void, Partial<Hosts>]>([
  ['Chromium has extendedLifetime switched off', () => browserWith({ isLasting: false }), {}],
  ['workers end with their pages', () => browserWith({ isLasting: false, userAgent: FIREFOX }), {}],
  ['Chromium is too old', () => browserWith({ userAgent: OLD_CHROMIUM }), {}],
  ['there are no shared workers', () => vi.stubGlobal('SharedWorker', undefined), {}],
  ['the option worker is false', () => browserWith(), { worker: undefined }],
])('the engine runs in the page without a notice if %s', async (_, prepare, more) => {
  prepare();
  const session = await connect(hosts(more), HELLO, listener);
  expect(session?.isLocal).toBe(true);
  expect(notices).toEqual([]);
});

/** What the page's owner can do. */
const ADVICE =
  /Serve the worker's script as JavaScript from this origin, .*worker-src.*Trusted Types.*"worker"/;

test.each<[string, Parameters<typeof browserWith>[0], Partial<Hosts>, RegExp]>([
  ['does not load', { fate: 'fails' }, {}, /did not load/],
  [
    'is on another origin',
    {},
    { worker: () => new URL('https://cdn.example.com/w.js') },
    /another origin/,
  ],
  ['has no valid URL because of a bundler', {}, { worker: () => new URL('./w.js', '') }, /URL/],
  ['is refused to a sandboxed page', { refuses: 'Access denied' }, {}, /Access denied/],
  ['needs a TrustedScriptURL', { refuses: "requires 'TrustedScriptURL'" }, {}, /TrustedScriptURL/],
])(
  'the engine runs in the page with one notice if the worker %s',
  async (_, browser, more, message) => {
    browserWith(browser);
    const session = await connect(hosts(more), HELLO, listener);
    expect(session?.isLocal).toBe(true);
    expect(notices).toEqual([{ kind: 'worker_failed', message: expect.stringMatching(message) }]);
    expect(notices[0]).toMatchObject({ message: expect.stringMatching(ADVICE) });
  },
);

test('the engine runs in the page if the worker does not answer for a second', async () => {
  vi.useFakeTimers();
  browserWith({ fate: 'is silent' });
  const connecting = connect(hosts(), HELLO, listener);
  await vi.advanceTimersByTimeAsync(999);
  expect(notices).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect((await connecting)?.isLocal).toBe(true);
  expect(notices).toMatchObject([
    { kind: 'worker_failed', message: expect.stringMatching(ADVICE) },
  ]);
});

test('there is no engine if the page cannot load one either', async () => {
  browserWith({ fate: 'fails' });
  const openLocal = async () => {
    throw new TypeError('Failed to fetch engine.js');
  };
  expect(await connect(hosts({ openLocal }), HELLO, listener)).toBeUndefined();
  expect(notices.map(({ kind }) => kind)).toEqual(['worker_failed', 'engine_failed']);
  expect(notices[1]?.message).toContain('Failed to fetch engine.js');
});

test('messages of the worker reach the listener, and each flush() gets its own answer', async () => {
  const { posted, say } = browserWith();
  const heard: unknown[] = [];
  const session = (await connect(hosts(), HELLO, {
    stored: (group) => heard.push(group),
    delivered: ({ events }) => heard.push(events),
    lost: ({ reason }) => heard.push(reason),
    notice: ({ kind }) => heard.push(kind),
    noteStored: (key) => heard.push(key),
    doubted: (isInDoubt) => heard.push(isInDoubt ? 'doubted' : 'trusted'),
    died() {},
  })) as Session;
  say({ kind: 'stored', group: 5 });
  say({ kind: 'delivered', delivered: { events: 2, rawBytes: 2, wireBytes: 2, isAnswered: true } });
  say({ kind: 'lost', drop: { reason: 'expired', events: 1 } });
  say({ kind: 'notice', notice: { kind: 'memory_only' } });
  say({ kind: 'note_stored', key: 'webtrack a 0' });
  say({ kind: 'doubted', isInDoubt: true });
  expect(heard).toEqual([5, 2, 'expired', 'memory_only', 'webtrack a 0', 'doubted']);
  const answers: string[] = [];
  void session.flush().then(() => answers.push('first'));
  void session.flush().then(() => answers.push('second'));
  const asked = posted.filter((message) => message.kind === 'flush');
  expect(asked).toHaveLength(2);
  say({ kind: 'done', id: (asked[1] as { id: number }).id });
  await vi.waitFor(() => expect(answers).toEqual(['second']));
});
