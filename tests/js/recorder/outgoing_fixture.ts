// Shared by the tests of events on their way to the engine: a fake engine, and a page with beacons and storage.
import { afterEach, beforeEach, vi } from 'vitest';
import type { Connection, ConnectionListener } from '../../../js/src/channel/connect.ts';
import type { Group } from '../../../js/src/engine/engine.ts';
import type { PageState } from '../../../js/src/engine/host.ts';
import type { EngineSettings } from '../../../js/src/engine/settings.ts';
import { Outgoing } from '../../../js/src/recorder/outgoing.ts';
import { Report } from '../../../js/src/recorder/report.ts';
import type { Drop, Notice } from '../../../js/src/types.ts';

/** How long a recorder waits for the confirmation of a group. */
export const PATIENCE_MS = 6_000;

export const SETTINGS: EngineSettings = {
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
export class FakeEngine {
  readonly groups: Group[] = [];
  readonly calls: string[] = [];
  readonly notes: string[] = [];
  readonly resumed: boolean;
  readonly listener: ConnectionListener;
  /** Last group that the engine has of a recorder that resumes. */
  received = -1;
  isFlushing = false;
  isDead = false;
  #flushed = () => {};

  constructor(resumed: boolean, listener: ConnectionListener) {
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
      add: (group) => void this.groups.push({ ...group }),
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
      gone: record('gone'),
    };
  }
}

export let engines: FakeEngine[];
export let drops: Drop[];
export let notices: Notice[];
export let beacons: { url: string; body: Blob }[];
export let storage: Map<string, string>;
export let report: Report;
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
  /** The engine loads until this resolves. */
  loaded?: Promise<void>;
}

export function start({
  settings,
  isLocal = false,
  received = () => -1,
  isMissing = () => false,
  loaded,
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
      await loaded;
      if (isMissing()) {
        listener.notice({ kind: 'engine_failed', message: 'gone' });
        return undefined;
      }
      const engine = new FakeEngine(resumes(), listener);
      engine.received = received();
      engines.push(engine);
      return engine.session(isLocal);
    },
  );
}

export const page = (ending = false): PageState => ({
  hidden: true,
  ending,
  beacon(url, body) {
    if (takesBeacons) beacons.push({ url, body });
    return takesBeacons;
  },
});

export const named = (group: Group | undefined) => group?.events.map(([, value]) => value);
export const engine = (at = 0) => engines[at] as FakeEngine;
export const add = (outgoing: Outgoing, ...events: string[]) => {
  for (const event of events) outgoing.add(['event', event], 'normal');
};
export const bodies = () =>
  Promise.all(beacons.map(async ({ body }) => JSON.parse(await body.text())));

/** From now on the browser takes no beacon. */
export function refuseBeacons(): void {
  takesBeacons = false;
}
