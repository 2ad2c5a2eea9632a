import { describe, expect, test, vi } from 'vitest';
import { Engine } from '../../../js/src/engine/engine.ts';
import type { PageState } from '../../../js/src/engine/host.ts';
import { HandedNotes } from '../../../js/src/engine/notes.ts';
import { shippedCore } from '../shipped_core.ts';
import {
  endpoint,
  groupOf,
  join,
  Locks,
  newEngine,
  type Recorder,
  settings,
} from './engine_fixture.ts';

/** A note of one event, the first group of its recorder. */
function note(tracker: string, event: string) {
  const envelope = { source: '', topic: '', tags: {} };
  const [number, time, url, logs] = [0, Date.now(), settings.url, [['event', event]]];
  const text = JSON.stringify({ tracker, number, url, time, envelope, logs });
  return [`webtrack ${tracker} 0`, text] as const;
}

test('stopped delivery starts again when the next page opens', async () => {
  const engine = newEngine();
  endpoint.answer = (response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"errorCode":"LogStoreNotExist"}');
  };
  const one = join(engine, 'one');
  one.post('a');
  await one.session.flush();
  expect(one.notices).toMatchObject([{ kind: 'stopped', status: 404 }]);
  endpoint.answer = (response) => response.end();
  await one.session.flush();
  expect(endpoint.requests).toHaveLength(1);
  const other = join(engine, 'other');
  await other.session.flush();
  expect(one.sent).toBe(1);
});

test('a note from a page is sent unless its group is already recorded, and reported as stored either way', async () => {
  const engine = newEngine();
  const [one, other] = [join(engine, 'one'), join(engine, 'other')];
  one.post('a');
  other.session.takeNotes([note('gone', 'b'), note('one', 'a')]);
  await other.session.flush();
  await expect.poll(() => [...endpoint.events].sort()).toEqual(['a', 'b']);
  await expect.poll(() => [...other.notes].sort()).toEqual(['webtrack gone 0', 'webtrack one 0']);
  // The page hands over the same note again, because it could not delete it.
  other.session.takeNotes([note('gone', 'b')]);
  await other.session.flush();
  await expect.poll(() => other.notes.length).toBe(3);
  expect(endpoint.events).toHaveLength(2);
});

describe('a crash brings back the note of a group that an engine in the page has', () => {
  /** An engine in a page, and the notes of its recorder. */
  const inPage = (page: PageState) => {
    const noteStorage = new HandedNotes(
      () => {},
      () => {},
    );
    return new Engine({ level: 'fast', page, noteStorage, loadCore: shippedCore });
  };
  const takes = { hidden: false, ending: false, beacon: () => true };
  const recordedBefore = async (leave: (one: Recorder) => unknown) => {
    // The endpoint does not answer, so that the next page sends what this one has stored, and this one nothing more.
    endpoint.answer = () => {};
    // Without a channel this engine answers nobody, as if it had died.
    const { BroadcastChannel } = globalThis;
    vi.stubGlobal('BroadcastChannel', undefined);
    const one = join(inPage(takes), 'one', { exit: 'certain' });
    vi.stubGlobal('BroadcastChannel', BroadcastChannel);
    await one.session.stored;
    one.session.add({ ...groupOf(0, 'a'), isSaved: true });
    await leave(one);
    await expect.poll(() => one.stored).toBe(0);
    endpoint.answer = (response) => response.end();
    const unanswered = endpoint.requests.length;
    // The locks of a killed browser are free.
    vi.stubGlobal('navigator', { locks: new Locks() });
    const next = join(inPage(takes), 'next', { exit: 'certain' });
    next.session.takeNotes([note('one', 'a')]);
    await next.session.flush();
    await expect.poll(() => endpoint.requests.length).toBeGreaterThan(unanswered);
    await next.session.flush();
    return endpoint.events.slice(unanswered);
  };

  test('that stored the open batch', async () => {
    expect(await recordedBefore(() => {})).toEqual(['a']);
  });

  test('that sealed its batch', async () => {
    const leave = (one: Recorder) => {
      void one.session.flush();
      return expect.poll(() => endpoint.requests.length).toBe(1);
    };
    expect(await recordedBefore(leave)).toEqual(['a']);
  });

  test('that stored its batch as the page was left', async () => {
    const leave = (one: Recorder) => {
      one.session.hide();
      one.session.pause();
    };
    expect(await recordedBefore(leave)).toEqual(['a']);
  });
});

test('when no page is left, the batch is sent after a few seconds', async () => {
  const engine = newEngine();
  const one = join(engine, 'one');
  await one.session.flush();
  one.post('a');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  one.session.hide();
  await vi.advanceTimersByTimeAsync(2_000);
  const other = join(engine, 'other');
  other.post('b');
  one.session.pause();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(endpoint.requests).toEqual([]);
  other.session.pause();
  await vi.advanceTimersByTimeAsync(3_000);
  vi.useRealTimers();
  await expect.poll(() => endpoint.events).toEqual(['a', 'b']);
  expect(endpoint.requests).toHaveLength(1);
});

test('a page that unloads during sendBeacon() sends one beacon', () => {
  const bodies: Blob[] = [];
  let leaving: Recorder | undefined;
  const page: PageState = {
    hidden: true,
    ending: true,
    beacon(_, body) {
      bodies.push(body);
      if (bodies.length === 1) leaving?.session.hide();
      return true;
    },
  };
  const noteStorage = new HandedNotes(
    () => {},
    () => {},
  );
  const engine = new Engine({ level: 'fast', page, noteStorage, loadCore: shippedCore });
  leaving = join(engine, 'leaving');
  leaving.post('last');
  leaving.session.hide();
  expect(bodies).toHaveLength(1);
});

test('a page that unloads during sendBeacon() sends a batch that waits for its turn once', async () => {
  const bodies: Blob[] = [];
  let leaving: Recorder | undefined;
  const page = {
    hidden: false,
    ending: false,
    beacon(_: string, body: Blob) {
      bodies.push(body);
      if (bodies.length === 1) leaving?.session.hide();
      return true;
    },
  };
  const noteStorage = new HandedNotes(
    () => {},
    () => {},
  );
  const loadCore = () => Promise.reject(new Error('missing'));
  const engine = new Engine({ level: 'fast', page, noteStorage, loadCore });
  leaving = join(engine, 'leaving', { flushCount: 1 });
  await leaving.session.flush();
  leaving.post('a');
  leaving.post('b');
  Object.assign(page, { hidden: true, ending: true });
  leaving.session.hide();
  const events = await Promise.all(
    bodies.map(async (body) => JSON.parse(await body.text()).__logs__[0].event),
  );
  expect(events.sort()).toEqual(['a', 'b']);
  expect(endpoint.requests).toEqual([]);
});

test('pages that open while the core loads again lose no event', async () => {
  let isOffline = true;
  let arrive = () => {};
  const arrived = new Promise<void>((done) => {
    arrive = done;
  });
  const engine = newEngine(() =>
    isOffline ? Promise.reject(new Error('offline')) : arrived.then(shippedCore),
  );
  const one = join(engine, 'one');
  await one.session.flush();
  isOffline = false;
  const [two, three] = [join(engine, 'two'), join(engine, 'three')];
  one.post('a');
  two.post('b');
  arrive();
  await three.session.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
});

test('ending a session sends its events', async () => {
  const one = join(newEngine(), 'one');
  one.post('a');
  await one.session.end();
  expect(endpoint.events).toEqual(['a']);
});

test('an engine in a worker of the page leaves no listener and no channel behind', async () => {
  const living = new Set<unknown>();
  vi.stubGlobal('addEventListener', (type: string) => living.add(type));
  vi.stubGlobal('removeEventListener', (type: string) => living.delete(type));
  vi.stubGlobal(
    'BroadcastChannel',
    class extends EventTarget {
      constructor() {
        super();
        living.add(this);
      }
      postMessage() {}
      close() {
        living.delete(this);
      }
    },
  );
  const noteStorage = new HandedNotes(
    () => {},
    () => {},
  );
  const engine = new Engine({ level: 'fast', noteStorage, loadCore: shippedCore });
  const one = join(engine, 'one');
  one.post('a');
  await one.session.flush();
  expect(living.size).toBeGreaterThan(1);
  await one.session.end();
  expect([...living]).toEqual([]);
  expect(endpoint.events).toEqual(['a']);
});

test('what the outbox drops counts in the tag "dropped" of the next batch for its address', async () => {
  const url = settings.url.replace('/web/', '/other/');
  endpoint.answer = (response) => response.writeHead(401).end('{"errorCode":"Unauthorized"}');
  const gone = join(newEngine(undefined, false), 'gone', { url });
  gone.post('old');
  await gone.session.flush();
  await gone.session.end();
  endpoint.answer = (response) => response.end();
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * settings.outboxAge);
  const engine = newEngine();
  const [first, same] = [join(engine, 'first'), join(engine, 'same', { url })];
  await Promise.all([first.session.flush(), same.session.flush()]);
  first.post('a');
  same.post('b');
  await Promise.all([first.session.flush(), same.session.flush()]);
  expect(
    endpoint.requests.slice(1).map(({ json }) => [json.__logs__[0]?.event, json.__tags__.dropped]),
  ).toEqual(
    expect.arrayContaining([
      ['a', undefined],
      ['b', 'expired:1'],
    ]),
  );
  vi.mocked(Date.now).mockRestore();
});

test('a new page restarts stopped delivery of batches with other tags', async () => {
  const engine = newEngine();
  endpoint.answer = (response) => response.writeHead(401).end('{"errorCode":"Unauthorized"}');
  const one = join(engine, 'one', { tags: { window: 'small' } });
  one.post('a');
  await one.session.flush();
  expect(one.notices).toMatchObject([{ kind: 'stopped', status: 401 }]);
  one.session.gone();
  endpoint.answer = (response) => response.end();
  join(engine, 'two', { tags: { window: 'large' } });
  await expect.poll(() => endpoint.events).toEqual(['a', 'a']);
});

test('a core that did not load is loaded when the next page opens', async () => {
  let asked = 0;
  const engine = newEngine(async () => {
    if (asked++ === 0) throw new Error('offline');
    return shippedCore();
  });
  const one = join(engine, 'one', { compressAbove: 0 });
  one.post('a');
  await one.session.flush();
  expect(endpoint.requests[0]?.headers['x-log-compresstype']).toBeUndefined();
  const two = join(engine, 'two', { compressAbove: 0 });
  two.post('b'.repeat(500));
  await two.session.flush();
  expect(endpoint.requests[1]?.headers['x-log-compresstype']).toBe('lz4');
  expect([asked, ...endpoint.events]).toEqual([2, 'a', 'b'.repeat(500)]);
});

test('a database that was deleted is opened again when the next page opens', async () => {
  const engine = newEngine();
  const one = join(engine, 'one');
  one.post('a');
  await expect.poll(() => one.stored, { timeout: 10_000 }).toBe(0);
  await new Promise((deleted) => {
    indexedDB.deleteDatabase('webtrack').onsuccess = deleted;
  });
  expect(one.notices).toEqual([{ kind: 'memory_only' }]);
  const two = join(engine, 'two');
  two.post('b');
  await expect.poll(() => two.stored, { timeout: 10_000 }).toBe(0);
  two.post('c');
  await expect.poll(() => two.stored, { timeout: 10_000 }).toBe(1);
  // Another engine reads this from the database.
  await expect.poll(() => join(newEngine(), 'two', {}, true).session.stored).toBe(1);
});

test('the batches of pages that are gone are freed', async () => {
  let made = 0;
  let freed = 0;
  const engine = newEngine(async () => {
    const core = await shippedCore();
    const another = core.another.bind(core);
    core.another = () => {
      made++;
      const open = another();
      const destroy = open.destroy.bind(open);
      open.destroy = () => {
        freed++;
        destroy();
      };
      return open;
    };
    return core;
  });
  for (const window of ['1', '2', '3', '4']) {
    const one = join(engine, `page ${window}`, { tags: { window } });
    one.post(window);
    await one.session.flush();
    one.session.gone();
  }
  expect(endpoint.events).toEqual(['1', '2', '3', '4']);
  await expect.poll(() => [made, freed]).toEqual([4, 4]);
});

test('a batcher that is freed leaves the outbox as it is for the others', async () => {
  const engine = newEngine();
  const gone = join(engine, 'gone', { tags: { window: '1' } });
  gone.post('a');
  await gone.session.flush();
  gone.session.gone();
  const there = join(engine, 'there', { tags: { window: '2' } });
  there.post('b');
  await there.session.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
  expect(there.notes).toEqual([]);
});

test.each([
  ['a request that outlives its page', 1, () => {}],
  ['a request that ends with its page', 0, () => vi.stubGlobal('Request', class {})],
])('%s counts as delivered without an answer: %i event', async (_, sent, prepare) => {
  prepare();
  endpoint.answer = () => {};
  const noteStorage = new HandedNotes(
    () => {},
    () => {},
  );
  const page = { hidden: false, ending: false, beacon: () => true };
  const engine = new Engine({ level: 'fast', page, noteStorage, loadCore: shippedCore });
  const one = join(engine, 'one', { flushCount: 1 });
  one.post('a');
  await expect.poll(() => endpoint.requests.length, { timeout: 10_000 }).toBe(1);
  one.session.pause();
  expect(one.sent).toBe(sent);
});

test('a group that was added in part when the script was ended is completed when it is posted again', async () => {
  const one = join(newEngine(), 'one');
  const group = groupOf(0, 'a', 'b', 'c');
  const [a, b, c] = group.events;
  const cut = {
    ...group,
    events: {
      length: 3,
      0: a,
      get 1(): string[] {
        throw new Error('ended');
      },
    } as unknown as string[][],
  };
  expect(() => one.session.add(cut)).toThrow('ended');
  one.session.add({ ...group, events: [a, b, c] as string[][] });
  one.session.add(group);
  await one.session.flush();
  expect(endpoint.events).toEqual(['a', 'b', 'c']);
});
