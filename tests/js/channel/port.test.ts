// The page's end of the channel, with a shared worker whose messages the test writes.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mayHaveLastingWorkers, openInWorker } from '../../../js/src/channel/port.ts';
import type { PageMessage, WorkerMessage } from '../../../js/src/channel/protocol.ts';
import type { Group, Hello, Listener, Session } from '../../../js/src/engine/engine.ts';

const SCRIPT = 'https://shop.example.com/webtrack.worker.js';
const HELLO = { recorder: 'rec', resumes: true, settings: { topic: 't' } } as Hello;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0';
const chrome = (version: string) =>
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ${version} Safari/537.36`;

let died: ReturnType<typeof vi.fn<() => void>>;

beforeEach(() => {
  vi.useFakeTimers();
  died = vi.fn<() => void>();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A worker's port as the page sees it. */
class FakePort {
  onmessage: ((event: { data: WorkerMessage }) => void) | null = null;
  readonly posted: PageMessage[] = [];
  isClosed = false;

  postMessage(message: PageMessage): void {
    this.posted.push(message);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The worker says something. A closed port hears nothing. */
  say(data: WorkerMessage): void {
    if (!this.isClosed) this.onmessage?.({ data });
  }
}

type Started = { address: string; name: string; credentials: string };

/** Web Locks that are granted when the test says so. */
class FakeLocks {
  readonly waiting: { name: string; signal: AbortSignal | undefined; grant: () => void }[] = [];

  async request(name: string, { signal }: LockOptions, granted: () => void): Promise<void> {
    this.waiting.push({ name, signal, grant: granted });
  }
}

/** Stubs `SharedWorker`. `isLasting`: the browser reads `extendedLifetime`. */
function browserWith({ isLasting = true, userAgent = FIREFOX, refuses = false } = {}) {
  const port = new FakePort();
  const asked: string[] = [];
  const started: Started[] = [];
  const workers: { onerror: (() => void) | null }[] = [];
  class SharedWorker {
    onerror: (() => void) | null = null;
    readonly port = port;
    constructor(address: string, options: WorkerOptions & { extendedLifetime?: boolean }) {
      asked.push(address);
      if (refuses) throw new TypeError('refused');
      if (isLasting) void options.extendedLifetime;
      if (!URL.canParse(address)) throw new SyntaxError('no address');
      started.push({ address, name: String(options.name), credentials: `${options.credentials}` });
      workers.push(this);
    }
  }
  vi.stubGlobal('SharedWorker', SharedWorker);
  const locks = new FakeLocks();
  vi.stubGlobal('navigator', { userAgent, locks });
  return { port, asked, started, workers, locks };
}

/** A listener that writes down what it hears. */
function listenerOf(heard: unknown[] = []): Listener {
  return {
    stored: (group) => heard.push(['stored', group]),
    delivered: (delivered) => heard.push(['delivered', delivered]),
    lost: (drop) => heard.push(['lost', drop]),
    notice: (notice) => heard.push(['notice', notice]),
    noteStored: (key) => heard.push(['noteStored', key]),
    doubted: (isInDoubt) => heard.push(['doubted', isInDoubt]),
  };
}

/** An open session, after the handshake. */
async function opened(heard: unknown[] = [], lifeLock?: string) {
  const browser = browserWith();
  const opening = openInWorker(SCRIPT, HELLO, listenerOf(heard), died);
  browser.port.say({ kind: 'ready', stored: 3, ...(lifeLock && { lifeLock }) });
  const session = (await opening) as Session;
  browser.port.posted.length = 0;
  return { ...browser, session };
}

/** What has become of a promise so far. */
function fateOf(promise: Promise<unknown>): { is: string } {
  const fate = { is: 'open' };
  promise.then(
    () => {
      fate.is = 'resolved';
    },
    (error: unknown) => {
      fate.is = String(error);
    },
  );
  return fate;
}

test('a browser without SharedWorker has no lasting workers', () => {
  vi.stubGlobal('SharedWorker', undefined);
  vi.stubGlobal('navigator', { userAgent: chrome('Chrome/200.0.0.0') });
  expect(mayHaveLastingWorkers()).toBe(false);
});

test.each([
  ['Chrome/147.0.7727.15', false],
  ['Chrome/148.0.0.0', true],
  ['Chrome/148', true],
  ['HeadlessChrome/156.0.0.0', true],
  ['Chrome/1480.0.0.0', true],
  ['Chrome/99.0.4844.51', false],
  ['Chrome/next', false],
])('%s: whether workers may outlive their pages is %o, by the user agent alone', (name, may) => {
  const { asked } = browserWith({ userAgent: chrome(name), isLasting: !may });
  expect(mayHaveLastingWorkers()).toBe(may);
  expect(asked).toEqual([]);
});

test.each([true, false])(
  'another browser is asked by options that it reads or not (%o), and no worker starts',
  (isLasting) => {
    const { asked, started } = browserWith({ isLasting });
    expect(mayHaveLastingWorkers()).toBe(isLasting);
    expect(asked).toHaveLength(1);
    expect(started).toEqual([]);
  },
);

test('a browser without a user agent is asked, too', () => {
  browserWith();
  vi.stubGlobal('navigator', undefined);
  expect(mayHaveLastingWorkers()).toBe(true);
  vi.stubGlobal('navigator', {});
  expect(mayHaveLastingWorkers()).toBe(true);
});

test('a browser that refuses before it reads the options has no lasting workers', () => {
  browserWith({ refuses: true });
  expect(mayHaveLastingWorkers()).toBe(false);
});

test('a worker that ends with its page is left at once, without a message', async () => {
  const { port } = browserWith({ isLasting: false });
  expect(await openInWorker(SCRIPT, HELLO, listenerOf(), died)).toBeUndefined();
  expect(port.isClosed).toBe(true);
  expect(port.posted).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('the worker has the version in its name and gets the hello first', async () => {
  const { port, started } = browserWith();
  const opening = openInWorker(SCRIPT, HELLO, listenerOf(), died);
  expect(started).toEqual([
    { address: SCRIPT, name: 'webtrack 0.0.0 2', credentials: 'same-origin' },
  ]);
  expect(port.posted).toEqual([{ kind: 'hello', hello: HELLO }]);
  port.say({ kind: 'ready', stored: 12 });
  expect(await (await opening)?.stored).toBe(12);
});

test('a refused worker rejects with the error of the browser', async () => {
  browserWith({ refuses: true });
  await expect(openInWorker(SCRIPT, HELLO, listenerOf(), died)).rejects.toThrow('refused');
});

test('a worker that does not answer within a second is given up', async () => {
  const { port } = browserWith();
  const fate = fateOf(openInWorker(SCRIPT, HELLO, listenerOf(), died));
  await vi.advanceTimersByTimeAsync(999);
  expect(fate.is).toBe('open');
  expect(port.isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(fate.is).toBe('Error: did not answer in time');
  expect(port.isClosed).toBe(true);
});

test('other messages do not count as the answer', async () => {
  const { port } = browserWith();
  const fate = fateOf(openInWorker(SCRIPT, HELLO, listenerOf(), died));
  port.say({ kind: 'stored', group: 1 });
  port.say({ kind: 'done', id: 0 });
  await vi.advanceTimersByTimeAsync(999);
  expect(fate.is).toBe('open');
  await vi.advanceTimersByTimeAsync(1);
  expect(fate.is).toBe('Error: did not answer in time');
});

test('a worker that does not load is given up at once', async () => {
  const { port, workers } = browserWith();
  const opening = openInWorker(SCRIPT, HELLO, listenerOf(), died);
  workers[0]?.onerror?.();
  await expect(opening).rejects.toThrow('did not load');
  expect(port.isClosed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('an error of the worker after its answer does not end the session', async () => {
  const { port, workers, session } = await opened();
  expect(workers[0]?.onerror).toBeNull();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(port.isClosed).toBe(false);
  session.show();
  expect(port.posted).toEqual([{ kind: 'show' }]);
});

test('each message of the worker reaches its own method of the listener', async () => {
  const heard: unknown[] = [];
  const { port } = await opened(heard);
  const delivered = { events: 2, rawBytes: 300, wireBytes: 100, isAnswered: true };
  const drop = { reason: 'rejected', events: 4, status: 400, errorCode: 'Bad' } as const;
  const notice = { kind: 'stopped', status: 404 } as const;
  port.say({ kind: 'stored', group: 5 });
  port.say({ kind: 'delivered', delivered });
  port.say({ kind: 'lost', drop });
  port.say({ kind: 'notice', notice });
  port.say({ kind: 'note_stored', key: 'webtrack a 0' });
  port.say({ kind: 'doubted', isInDoubt: true });
  port.say({ kind: 'doubted', isInDoubt: false });
  expect(heard).toEqual([
    ['stored', 5],
    ['delivered', delivered],
    ['lost', drop],
    ['notice', notice],
    ['noteStored', 'webtrack a 0'],
    ['doubted', true],
    ['doubted', false],
  ]);
});

test('each method of the session posts its message', async () => {
  const { port, session } = await opened();
  const notes = [['webtrack a 0', '{}']] as const;
  session.hide();
  session.pause();
  session.resume();
  session.show();
  session.takeNotes(notes);
  expect(port.posted).toEqual([
    { kind: 'hide' },
    { kind: 'pause' },
    { kind: 'resume' },
    { kind: 'show' },
    { kind: 'notes', notes },
  ]);
});

test('a group is posted without what only the recorder knows of it', async () => {
  const { port, session } = await opened();
  const group: Group = { number: 2, events: [['a', '1']], high: [0], losses: [['expired', 2]] };
  session.add({ ...group, characters: 2, isSaved: true, time: 5 } as Group);
  expect(port.posted).toEqual([{ kind: 'group', group }]);
});

test('flushes and the end have different ids, and each waits for its own answer', async () => {
  const { port, session } = await opened();
  const [first, second, end] = [session.flush(), session.flush(), session.end()].map(fateOf);
  expect(port.posted).toEqual([
    { kind: 'flush', id: 0 },
    { kind: 'flush', id: 1 },
    { kind: 'end', id: 2 },
  ]);
  port.say({ kind: 'done', id: 7 });
  await vi.advanceTimersByTimeAsync(5_000);
  expect([first?.is, second?.is, end?.is]).toEqual(['open', 'open', 'open']);
  port.say({ kind: 'done', id: 1 });
  await vi.advanceTimersByTimeAsync(0);
  expect([first?.is, second?.is, end?.is]).toEqual(['open', 'resolved', 'open']);
  port.say({ kind: 'done', id: 1 });
  port.say({ kind: 'done', id: 0 });
  await vi.advanceTimersByTimeAsync(0);
  expect([first?.is, second?.is, end?.is]).toEqual(['resolved', 'resolved', 'open']);
});

test('the port closes when the worker has answered the end, not before', async () => {
  const { port, session } = await opened();
  const fate = fateOf(session.end());
  await vi.advanceTimersByTimeAsync(10_000);
  expect([fate.is, port.isClosed]).toEqual(['open', false]);
  port.say({ kind: 'done', id: 0 });
  await vi.advanceTimersByTimeAsync(0);
  expect([fate.is, port.isClosed]).toEqual(['resolved', true]);
});

test('leaving closes the port at once, without a message', async () => {
  const { port, session } = await opened();
  session.gone();
  expect(port.isClosed).toBe(true);
  expect(port.posted).toEqual([]);
});

test('a message that comes before the handshake is heard', async () => {
  const heard: unknown[] = [];
  const { port } = browserWith();
  const opening = openInWorker(SCRIPT, HELLO, listenerOf(heard), died);
  const notice = { kind: 'memory_only' } as const;
  port.say({ kind: 'notice', notice });
  port.say({ kind: 'ready', stored: -1 });
  await opening;
  expect(heard).toEqual([['notice', notice]]);
});

test('a page hears that the worker has died when the lock of its life is released', async () => {
  const { locks } = await opened([], 'life 1');
  expect(locks.waiting.map(({ name }) => name)).toEqual(['life 1']);
  locks.waiting[0]?.grant();
  await vi.advanceTimersByTimeAsync(299);
  expect(died).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(died).toHaveBeenCalledOnce();
});

test('a session that has ended or is given up no longer waits for the lock', async () => {
  const one = await opened([], 'life 1');
  expect(one.locks.waiting[0]?.signal?.aborted).toBe(false);
  one.session.gone();
  expect(one.locks.waiting[0]?.signal?.aborted).toBe(true);
  const other = await opened([], 'life 1');
  const ended = other.session.end();
  other.port.say({ kind: 'done', id: 0 });
  await ended;
  expect(other.locks.waiting[0]?.signal?.aborted).toBe(true);
});

test('a page of a browser without Web Locks waits for none', async () => {
  const { locks } = await opened();
  expect(locks.waiting).toEqual([]);
});
