// What happens to events on their way to the engine when the page is hidden or left.
import { expect, test, vi } from 'vitest';
import type { PageState } from '../../../js/src/engine/host.ts';
import type { EngineSettings } from '../../../js/src/engine/settings.ts';
import {
  add,
  beacons,
  bodies,
  engine,
  named,
  PATIENCE_MS,
  page,
  refuseBeacons,
  report,
  SETTINGS,
  start,
  storage,
} from './outgoing_fixture.ts';

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
  refuseBeacons();
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
    expect(note).toMatchObject({ tracker: 'rec', number: 0, logs: [['event', 'a']] });
  },
);

test('an exit sends the notes that no other page has taken over', async () => {
  const outgoing = start({ isMissing: () => true });
  add(outgoing, 'a');
  await outgoing.connect();
  add(outgoing, 'b');
  await vi.advanceTimersByTimeAsync(2_000);
  storage.delete('webtrack rec 0');
  outgoing.hide(page(true));
  expect((await bodies()).map(({ __tags__ }) => __tags__.batch_id)).toEqual(['rec-1']);
  expect([...storage.keys()]).toEqual([]);
});

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

test('an engine in the page takes the place of notes that were saved while it loaded', async () => {
  const outgoing = start({ isLocal: true, settings: { exit: 'certain' } });
  add(outgoing, 'a');
  const connected = outgoing.connect();
  outgoing.hide(page(true));
  outgoing.pause();
  expect([...storage.keys()]).toEqual(['webtrack rec 0']);
  await connected;
  expect(engine().groups).toMatchObject([{ number: 0, isSaved: true }]);
  expect(engine().calls).toEqual(['hide', 'pause']);
  expect(storage.size).toBe(0);
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

test('only an answer of the endpoint ends the doubt', async () => {
  storage.set('webtrack doubt', '1');
  const outgoing = start();
  await outgoing.connect();
  const delivered = { events: 1, rawBytes: 10, wireBytes: 10 };
  engine().listener.delivered({ ...delivered, isAnswered: false });
  expect(storage.has('webtrack doubt')).toBe(true);
  engine().listener.delivered({ ...delivered, isAnswered: true });
  expect(storage.has('webtrack doubt')).toBe(false);
});

test('a page that comes back asks which of its saved groups another page has sent', async () => {
  refuseBeacons();
  const outgoing = start({ received: () => 0 });
  add(outgoing, 'a');
  outgoing.hide(page(true));
  outgoing.pause();
  expect([...storage.keys()]).toEqual(['webtrack rec 0']);
  outgoing.resume();
  add(outgoing, 'b');
  outgoing.post();
  await outgoing.connect();
  expect(engine().resumed).toBe(true);
  expect(engine().groups.map(named)).toEqual([['b']]);
});

test('a page that saves groups while its engine loads asks which of them another page has sent', async () => {
  refuseBeacons();
  let load = () => {};
  const loaded = new Promise<void>((done) => {
    load = done;
  });
  const outgoing = start({ received: () => 0, loaded });
  const connecting = outgoing.connect();
  add(outgoing, 'a');
  outgoing.hide(page(true));
  outgoing.pause();
  outgoing.resume();
  load();
  await connecting;
  expect(engine().resumed).toBe(true);
  expect(engine().groups).toEqual([]);
});

test('a group that is too large for beacons and notes holds up no later one', () => {
  const outgoing = start();
  for (const text of ['a'.repeat(70_000), 'b', 'c']) {
    add(outgoing, text);
    outgoing.post();
  }
  outgoing.hide(page(true));
  expect(beacons).toHaveLength(2);
  refuseBeacons();
  add(outgoing, 'd');
  outgoing.hide(page(true));
  outgoing.pause();
  expect([...storage.keys()]).toEqual(['webtrack rec 3']);
});

test('a page whose script the browser ends within sendBeacon() does not send the event again', () => {
  const outgoing = start();
  add(outgoing, 'a');
  const ending: PageState = {
    ...page(true),
    beacon() {
      throw new Error('the script ends here');
    },
  };
  expect(() => outgoing.hide(ending)).toThrow();
  outgoing.hide(page(true));
  outgoing.pause();
  expect(beacons).toEqual([]);
  expect([...storage.keys()]).toEqual([]);
});

test('a later beacon sends a saved group and removes its note', () => {
  const outgoing = start();
  for (const text of ['a', 'b']) {
    add(outgoing, text.repeat(40_000));
    outgoing.post();
  }
  outgoing.hide(page());
  outgoing.pause();
  expect(beacons).toHaveLength(1);
  expect([...storage.keys()]).toEqual(['webtrack rec 1']);
  outgoing.hide(page(true));
  expect(beacons).toHaveLength(2);
  expect([...storage.keys()]).toEqual([]);
});

test('a group is saved if the page is unloaded while the browser refuses its beacon', () => {
  const outgoing = start();
  add(outgoing, 'a');
  const refusing: PageState = {
    ...page(),
    beacon() {
      outgoing.pause();
      return false;
    },
  };
  outgoing.hide(refusing);
  expect([...storage.keys()]).toEqual(['webtrack rec 0']);
});

test('no beacon carries a group that a silent worker may have stored', async () => {
  let isMissing = false;
  const outgoing = start({ isMissing: () => isMissing });
  await outgoing.connect();
  add(outgoing, 'a');
  outgoing.post();
  isMissing = true;
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  outgoing.hide(page(true));
  expect(beacons).toEqual([]);
  expect([...storage.keys()]).toEqual(['webtrack rec 0']);
});

test('an early exit with many small events is one beacon', async () => {
  const outgoing = start();
  const events = Array.from({ length: 200 }, (_, n) => `event ${n} ${'x'.repeat(90)}`);
  add(outgoing, ...events);
  outgoing.hide(page(true));
  expect((await bodies()).map(({ __logs__ }) => __logs__.length)).toEqual([200]);
});

test('an early exit with many large events sends some by beacon and saves the others', async () => {
  const outgoing = start();
  add(outgoing, ...Array.from({ length: 20 }, () => 'x'.repeat(5_000)));
  outgoing.hide(page(true));
  expect((await bodies()).map(({ __logs__ }) => __logs__.length)).toEqual([5, 5]);
  expect([...storage.keys()]).toEqual(['webtrack rec 2', 'webtrack rec 3']);
});
