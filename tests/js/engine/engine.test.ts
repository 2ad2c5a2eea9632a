// One engine for many recorders: batches, reports to each recorder, and recovery of what earlier engines stored.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Engine, type Group, type Session } from '../../../js/src/engine/engine.ts';
import type { PageState } from '../../../js/src/engine/host.ts';
import { HandedNotes } from '../../../js/src/engine/notes.ts';
import type { EngineSettings } from '../../../js/src/engine/settings.ts';
import type { Drop, Notice } from '../../../js/src/types.ts';
import { Endpoint } from '../endpoint.ts';
import { shippedCore } from '../shipped_core.ts';

let endpoint: Endpoint;
let settings: EngineSettings;

beforeEach(async () => {
  endpoint = new Endpoint();
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  vi.stubGlobal('navigator', { locks: new Locks() });
  settings = {
    url: `${await endpoint.listen()}/logstores/web/track`,
    source: '',
    topic: '',
    tags: {},
    flushCount: 200,
    flushBytes: 65_536,
    flushInterval: 3_600_000,
    compression: 'lz4',
    compressAbove: 1_024,
    storage: true,
    outboxBytes: 4_194_304,
    outboxAge: 604_800_000,
    exit: 'once',
    coreUrl: undefined,
  };
});

/** Stands in for Web Locks: one holder at a time for each name. */
class Locks {
  readonly #ends = new Map<string, Promise<void>>();

  async request(name: string, work: () => Promise<void>): Promise<void> {
    const end = (this.#ends.get(name) ?? Promise.resolve()).then(work);
    this.#ends.set(
      name,
      end.catch(() => {}),
    );
    await end;
  }
}

afterEach(() => {
  endpoint.close();
  vi.unstubAllGlobals();
});

/** An engine as in a worker. */
function newEngine(loadCore = shippedCore): Engine {
  const engine: Engine = new Engine({
    level: 'fast',
    noteStorage: new HandedNotes(
      (key) => engine.noteStored(key),
      (isInDoubt) => engine.doubted(isInDoubt),
    ),
    loadCore,
  });
  return engine;
}

interface Recorder {
  session: Session;
  /** Number of the last group that the engine has reported as stored. */
  stored: number;
  sent: number;
  wireBytes: number;
  drops: Drop[];
  notices: Notice[];
  notes: string[];
  /** Posts its next group. */
  post(...events: string[]): void;
}

function join(
  engine: Engine,
  recorder: string,
  more: Partial<EngineSettings> = {},
  resumes = false,
): Recorder {
  let number = 0;
  const member: Recorder = {
    session: engine.open(
      { recorder, resumes, settings: { ...settings, ...more } },
      {
        stored(group) {
          member.stored = group;
        },
        delivered({ events, wireBytes }) {
          member.sent += events;
          member.wireBytes += wireBytes;
        },
        lost: (drop) => member.drops.push(drop),
        notice: (notice) => member.notices.push(notice),
        noteStored: (key) => member.notes.push(key),
        doubted() {},
      },
    ),
    stored: -1,
    sent: 0,
    wireBytes: 0,
    drops: [],
    notices: [],
    notes: [],
    post: (...events) => member.session.add(groupOf(number++, ...events)),
  };
  return member;
}

function groupOf(number: number, ...events: string[]): Group {
  return { number, events: events.map((event) => ['event', event]), high: [], losses: [] };
}

const batchIds = () => endpoint.requests.map(({ json }) => json.__tags__.batch_id);

test('recorders with equal tags share a batch, and each is told about its own events', async () => {
  const engine = newEngine();
  const [one, other] = [join(engine, 'one'), join(engine, 'other', { flushInterval: 5 })];
  one.post('a', 'b');
  other.post('c');
  one.post('d');
  await one.session.flush();
  expect(endpoint.requests).toHaveLength(1);
  expect(endpoint.events).toEqual(['a', 'b', 'c', 'd']);
  expect([one.sent, other.sent]).toEqual([3, 1]);
  const bytes = Number(endpoint.requests[0]?.headers['content-length']);
  expect(one.wireBytes + other.wireBytes).toBe(bytes);
});

test('recorders with different tags have separate batches', async () => {
  const engine = newEngine();
  const [one, other] = [join(engine, 'one'), join(engine, 'other', { tags: { page: 'b' } })];
  one.post('a');
  other.post('b');
  await Promise.all([one.session.flush(), other.session.flush()]);
  expect(endpoint.requests.map(({ json }) => json.__tags__.page)).toEqual(
    expect.arrayContaining([undefined, 'b']),
  );
  expect(new Set(batchIds().map((id) => id?.split('-')[0])).size).toBe(2);
});

test('the newest recorder sets flushCount for a shared batch', async () => {
  const engine = newEngine();
  const one = join(engine, 'one');
  join(engine, 'other', { flushCount: 2 });
  await one.session.flush(); // loads the core
  one.post('a', 'b');
  await expect.poll(() => endpoint.events).toEqual(['a', 'b']);
});

test('a group posted twice is recorded once', async () => {
  const engine = newEngine();
  const one = join(engine, 'one');
  for (const number of [0, 1, 1, 0]) one.session.add(groupOf(number, String(number)));
  await one.session.flush();
  expect(endpoint.events).toEqual(['0', '1']);
});

test('a group is reported as stored when it is in the outbox, before it is sent', async () => {
  const one = join(newEngine(), 'one');
  one.post('a');
  one.post('b');
  await expect.poll(() => one.stored, { timeout: 10_000 }).toBe(1);
  expect(endpoint.requests).toEqual([]);
});

test('an empty group is reported as stored', async () => {
  const one = join(newEngine(), 'one');
  one.post();
  await expect.poll(() => one.stored, { timeout: 10_000 }).toBe(0);
});

test('a recorder that resumes is told the last group that this or an earlier engine has stored', async () => {
  const engine = newEngine();
  const one = join(engine, 'one');
  one.post('a');
  one.post('b');
  // The engine holds both groups but has not stored them, so they could still be lost.
  const again = join(engine, 'one', {}, true);
  expect(await again.session.stored).toBe(-1);
  // The recorder posts both again; they are recorded once.
  again.session.add(groupOf(0, 'a'));
  again.session.add(groupOf(1, 'b'));
  await expect.poll(() => again.stored, { timeout: 10_000 }).toBe(1);
  await again.session.flush();
  expect(endpoint.events).toEqual(['a', 'b']);
  expect(await join(engine, 'one', {}, true).session.stored).toBe(1);

  const two = join(engine, 'two');
  two.post('a');
  await expect.poll(() => two.stored, { timeout: 10_000 }).toBe(0);
  const next = newEngine();
  expect(await join(next, 'two', {}, true).session.stored).toBe(0);
  expect(await join(next, 'three', {}, true).session.stored).toBe(-1);
});

test('events stored by an engine that died are sent once by the next engine', async () => {
  const { BroadcastChannel } = globalThis;
  // Without a channel this engine answers nobody, as if it had died.
  vi.stubGlobal('BroadcastChannel', undefined);
  const first = join(newEngine(), 'one');
  vi.stubGlobal('BroadcastChannel', BroadcastChannel);
  first.post('a', 'b');
  await expect.poll(() => first.stored, { timeout: 10_000 }).toBe(0);
  const second = join(newEngine(), 'one', {}, true);
  expect(await second.session.stored).toBe(0);
  second.session.add(groupOf(1, 'c'));
  await second.session.flush();
  await expect.poll(() => [...endpoint.events].sort()).toEqual(['a', 'b', 'c']);
  expect(endpoint.requests).toHaveLength(2);
});

test('losses of a recorder are in the tag "dropped" of its next batch', async () => {
  const one = join(newEngine(), 'one');
  one.session.add({ ...groupOf(0, 'a'), losses: [['invalid_event', 2]] });
  await one.session.flush();
  expect(endpoint.requests[0]?.json.__tags__.dropped).toBe('invalid_event:2');
  expect(one.drops).toEqual([]);
});

test('a high-priority event is sent at once, with the rest of its group', async () => {
  const one = join(newEngine(), 'one');
  await one.session.flush();
  one.session.add({ ...groupOf(0, 'a', 'b'), high: [1] });
  await expect.poll(() => [...endpoint.events].sort()).toEqual(['a', 'b']);
});

const refuse = () => {
  endpoint.answer = (response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end('{"errorCode":"PostBodyInvalid"}');
  };
};

test('each recorder is told about its own lost events', async () => {
  const engine = newEngine();
  const [one, other] = [join(engine, 'one'), join(engine, 'other')];
  refuse();
  one.post('a');
  other.post('b', 'c');
  await one.session.flush();
  const lost = ({ drops }: Recorder) => drops.reduce((sum, { events }) => sum + events, 0);
  expect([lost(one), lost(other)]).toEqual([1, 2]);
});

test('losses of a paused recorder are reported to another recorder', async () => {
  const engine = newEngine();
  const [there, gone] = [join(engine, 'there'), join(engine, 'gone')];
  refuse();
  gone.post('a');
  gone.session.pause();
  await there.session.flush();
  expect(there.drops).toEqual([
    { reason: 'rejected', events: 1, status: 400, errorCode: 'PostBodyInvalid' },
  ]);
  expect(gone.drops).toEqual([]);
});

test('losses of a resumed recorder are reported to that recorder', async () => {
  const engine = newEngine();
  const [there, back] = [join(engine, 'there'), join(engine, 'back')];
  refuse();
  back.post('a');
  back.session.pause();
  back.session.resume();
  await there.session.flush();
  expect([there.drops.length, back.drops.length]).toEqual([0, 1]);
});

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
  const note = (tracker: string, event: string) => {
    const id = { tracker, number: 0, part: '' };
    const json = `{"__logs__":[{"event":"${event}"}],"__tags__":{"batch_id":"${tracker}-0"}}`;
    const batch = { ...id, json, events: 1, rank: 'normal', time: Date.now(), owned: true };
    const envelope = { source: '', topic: '', tags: {} };
    return [
      `webtrack ${tracker} 0`,
      JSON.stringify({ ...batch, envelope, url: settings.url }),
    ] as const;
  };
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

test('ending a session sends its events', async () => {
  const one = join(newEngine(), 'one');
  one.post('a');
  await one.session.end();
  expect(endpoint.events).toEqual(['a']);
});

test('a new page restarts stopped delivery of batches with other tags', async () => {
  const engine = newEngine();
  endpoint.answer = (response) => response.writeHead(401).end('{"errorCode":"Unauthorized"}');
  const one = join(engine, 'one', { tags: { window: 'small' } });
  one.post('a');
  await one.session.flush();
  expect(one.notices).toMatchObject([{ kind: 'stopped', status: 401 }]);
  one.session.leave();
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
    one.session.leave();
  }
  expect(endpoint.events).toEqual(['1', '2', '3', '4']);
  await expect.poll(() => [made, freed]).toEqual([4, 4]);
});
