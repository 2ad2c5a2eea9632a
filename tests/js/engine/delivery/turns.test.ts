// How the engines of one origin take turns, and find out which of them still exist.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Turns } from '../../../../js/src/engine/delivery/turns.ts';

/** Stands in for BroadcastChannel: all open channels get each other's messages in the next microtask. */
class Channel extends EventTarget {
  static readonly open = new Set<Channel>();
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
    Channel.open.add(this);
  }

  set onmessage(listener: (event: MessageEvent) => void) {
    this.addEventListener('message', (event) => listener(event as MessageEvent));
  }

  postMessage(data: unknown): void {
    for (const other of Channel.open) {
      if (other === this || other.name !== this.name) continue;
      queueMicrotask(() => {
        if (Channel.open.has(other)) other.dispatchEvent(new MessageEvent('message', { data }));
      });
    }
  }

  close(): void {
    Channel.open.delete(this);
  }
}

/** Stands in for Web Locks: one holder at a time for each name. */
class Locks {
  readonly names: string[] = [];
  readonly #ends = new Map<string, Promise<void>>();

  async request(name: string, _: LockOptions, work: () => Promise<void>): Promise<void> {
    this.names.push(name);
    const end = (this.#ends.get(name) ?? Promise.resolve()).then(work);
    this.#ends.set(
      name,
      end.catch(() => {}),
    );
    await end;
  }
}

/** The leases of all pages, as an outbox keeps them. */
class Leases {
  readonly asked: string[] = [];
  readonly #leases = new Map<string, { holder: string; until: number }>();

  async lease(name: string, holder: string, milliseconds: number): Promise<boolean> {
    this.asked.push(`${holder}: ${milliseconds}`);
    const lease = this.#leases.get(name);
    if (lease && lease.holder !== holder && lease.until > Date.now()) return false;
    this.#leases.set(name, { holder, until: Date.now() + milliseconds });
    return true;
  }
}

let leases: Leases;
/** What the works of a test do, with the time of each step. */
let log: string[];
let began: number;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('BroadcastChannel', Channel);
  vi.stubGlobal('navigator', {});
  [leases, log, began] = [new Leases(), [], Date.now()];
});

afterEach(() => {
  Channel.open.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Work that takes so long, and logs when it begins and ends. */
function work(name: string, milliseconds: number): () => Promise<void> {
  return async () => {
    log.push(`${name} begins at ${Date.now() - began}`);
    await new Promise((end) => setTimeout(end, milliseconds));
    log.push(`${name} ends at ${Date.now() - began}`);
  };
}

const never = () => false;

test('with Web Locks, work of one name runs one after the other, and needs no lease', async () => {
  const locks = new Locks();
  vi.stubGlobal('navigator', { locks });
  const [one, other] = [new Turns('one', leases), new Turns('other', leases)];
  void one.runAlone('log', work('one', 100), never);
  void other.runAlone('log', work('other', 100), never);
  void other.runAlone('elsewhere', work('third', 10), never);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(log).toEqual([
    'one begins at 0',
    'third begins at 0',
    'third ends at 10',
    'one ends at 100',
    'other begins at 100',
    'other ends at 200',
  ]);
  expect(locks.names).toEqual(['webtrack log', 'webtrack log', 'webtrack elsewhere']);
  expect(leases.asked).toEqual([]);
});

test('work that fails under a lock is not run again', async () => {
  vi.stubGlobal('navigator', { locks: new Locks() });
  const failing = vi.fn(async () => {
    throw new Error('a mistake');
  });
  await new Turns('one', leases).runAlone('log', failing, never);
  expect(failing).toHaveBeenCalledOnce();
  expect(leases.asked).toEqual([]);
});

test('work runs beside another one whose lock never ends, after fifteen seconds, and only once', async () => {
  let grant: () => Promise<void> = async () => {};
  const request = (_: string, { signal }: LockOptions, work: () => Promise<void>) =>
    new Promise<void>((_, fail) => {
      grant = work;
      signal?.addEventListener('abort', () => fail(signal.reason));
    });
  vi.stubGlobal('navigator', { locks: { request } });
  const alone: boolean[] = [];
  const done = vi.fn();
  const own = async (isAlone: boolean) => void alone.push(isAlone);
  void new Turns('one', leases).runAlone('log', own, never).then(done);
  await vi.advanceTimersByTimeAsync(14_999);
  expect(alone).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await grant();
  expect([alone, leases.asked]).toEqual([[false], []]);
  expect(done).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('a shim of locks that never answers holds up no work', async () => {
  vi.stubGlobal('navigator', { locks: { request: () => new Promise(() => {}) } });
  const done = vi.fn();
  void new Turns('one', leases).runAlone('log', work('one', 10), never).then(done);
  await vi.advanceTimersByTimeAsync(15_010);
  expect(log).toEqual(['one begins at 15000', 'one ends at 15010']);
  expect(done).toHaveBeenCalledOnce();
});

test('a browser that refuses locks leases the turn', async () => {
  const request = () => Promise.reject(new Error('no storage'));
  vi.stubGlobal('navigator', { locks: { request } });
  void new Turns('one', leases).runAlone('log', work('one', 10), never);
  await vi.advanceTimersByTimeAsync(10);
  expect(log).toEqual(['one begins at 0', 'one ends at 10']);
  expect(leases.asked).toEqual(['one 0: 15000', 'one 0: 0']);
});

test('without Web Locks, a page asks once a second for its turn until the other page is done', async () => {
  const [one, other] = [new Turns('one', leases), new Turns('other', leases)];
  void one.runAlone('log', work('one', 2_500), never);
  void other.runAlone('log', work('other', 10), never);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(log).toEqual([
    'one begins at 0',
    'one ends at 2500',
    'other begins at 3000',
    'other ends at 3010',
  ]);
});

test('a page renews its lease while it works', async () => {
  const [one, other] = [new Turns('one', leases), new Turns('other', leases)];
  void one.runAlone('log', work('one', 60_000), never);
  void other.runAlone('log', work('other', 10), never);
  await vi.advanceTimersByTimeAsync(59_999);
  expect(log).toEqual(['one begins at 0']);
  await vi.advanceTimersByTimeAsync(1_001);
  expect(log.slice(1, 3)).toEqual(['one ends at 60000', 'other begins at 60000']);
  const renewals = leases.asked.filter((asked) => asked === 'one 0: 15000');
  expect(renewals.length).toBeGreaterThanOrEqual(12);
});

test('the lease of a page that died ends after fifteen seconds', async () => {
  await leases.lease('log', 'dead', 15_000);
  void new Turns('one', leases).runAlone('log', work('one', 10), never);
  await vi.advanceTimersByTimeAsync(14_999);
  expect(log).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(log).toEqual(['one begins at 15000']);
});

test('a page gives up its turn when it does not need it any more', async () => {
  await leases.lease('log', 'dead', 15_000);
  let isOver = false;
  const done = vi.fn();
  void new Turns('one', leases).runAlone('log', work('one', 10), () => isOver).then(done);
  await vi.advanceTimersByTimeAsync(1_500);
  isOver = true;
  await vi.advanceTimersByTimeAsync(500);
  expect(done).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(log).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a lease is given back when the work fails, and is renewed no longer', async () => {
  const turns = new Turns('one', leases);
  await turns.runAlone('log', () => Promise.reject(new Error('a mistake')), never);
  expect(leases.asked).toEqual(['one 0: 15000', 'one 0: 0']);
  expect(vi.getTimerCount()).toBe(0);
  expect(await leases.lease('log', 'other', 1)).toBe(true);
});

test('each turn of a page has a lease of its own', async () => {
  const turns = new Turns('one', leases);
  // The page was frozen in this turn.
  void turns.runAlone('log', () => new Promise(() => {}), never);
  await vi.advanceTimersByTimeAsync(0);
  void turns.runAlone('log', work('second', 10), never);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(log).toEqual([]);
  expect(new Set(leases.asked)).toEqual(new Set(['one 0: 15000', 'one 1: 15000']));
});

/** The batchers that a page believes gone, and the time that it took to find out. */
async function gone(turns: Turns, ...owners: string[]): Promise<[string[], number]> {
  const start = Date.now();
  let found: [string[], number] | undefined;
  void turns.gone(owners).then((names) => {
    found = [names, Date.now() - start];
  });
  await vi.advanceTimersByTimeAsync(2_000);
  return found ?? [['no answer'], 2_000];
}

test('a page that answers is not gone, and the rest is gone after half a second', async () => {
  const [one] = [new Turns('one', leases), new Turns('two', leases), new Turns('three', leases)];
  expect(await gone(one, 'two', 'dead', 'three', 'lost')).toEqual([['dead', 'lost'], 500]);
});

test('the search ends as soon as all pages have answered', async () => {
  const [one] = [new Turns('one', leases), new Turns('two', leases), new Turns('three', leases)];
  expect(await gone(one, 'two', 'three')).toEqual([[], 0]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a page does not count itself as gone, and asks nobody about itself', async () => {
  expect(await gone(new Turns('one', leases), 'one')).toEqual([[], 0]);
  expect(await gone(new Turns('two', leases))).toEqual([[], 0]);
});

test('a page in the back/forward cache counts as gone until it is back', async () => {
  const [one, two] = [new Turns('one', leases), new Turns('two', leases)];
  two.stopAnswering();
  expect((await gone(one, 'two'))[0]).toEqual(['two']);
  expect((await gone(two, 'one', 'two'))[0]).toEqual(['two']);
  two.startAnswering();
  two.startAnswering();
  expect((await gone(one, 'two'))[0]).toEqual([]);
  two.stopAnswering();
  expect((await gone(one, 'two'))[0]).toEqual(['two']);
});

test('messages of other scripts on the channel are ignored', async () => {
  const one = new Turns('one', leases);
  const stranger = new Channel('webtrack');
  stranger.addEventListener('message', () => {
    for (const data of [null, 'two', {}, { here: 'three' }, { ask: 'four' }]) {
      stranger.postMessage(data);
    }
  });
  expect((await gone(one, 'two'))[0]).toEqual(['two']);
});

test('a search leaves no channel open', async () => {
  const one = new Turns('one', leases);
  expect(Channel.open.size).toBe(1);
  await gone(one, 'two');
  expect(Channel.open.size).toBe(1);
  one.stopAnswering();
  expect(Channel.open.size).toBe(0);
});

test('without a channel all pages count as gone', async () => {
  vi.stubGlobal('BroadcastChannel', undefined);
  expect(await gone(new Turns('one', leases), 'one', 'two')).toEqual([['one', 'two'], 0]);
});
