// Shared by the tests of the engine: an engine in a worker, its recorders and an endpoint.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, vi } from 'vitest';
import { Engine, type Group, type Session } from '../../../js/src/engine/engine.ts';
import { HandedNotes } from '../../../js/src/engine/notes.ts';
import type { EngineSettings } from '../../../js/src/engine/settings.ts';
import type { Drop, Notice } from '../../../js/src/types.ts';
import { Endpoint } from '../endpoint.ts';
import { shippedCore } from '../shipped_core.ts';

export let endpoint: Endpoint;
export let settings: EngineSettings;

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
export class Locks {
  readonly #ends = new Map<string, Promise<void>>();

  async request(name: string, _: LockOptions, work: () => Promise<void>): Promise<void> {
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

/** An engine as in the shared worker, or one that ends with its last session. */
export function newEngine(loadCore = shippedCore, lasting = true): Engine {
  const engine: Engine = new Engine({
    level: 'fast',
    ...(lasting && { lasting }),
    noteStorage: new HandedNotes(
      (key) => engine.noteStored(key),
      (isInDoubt) => engine.doubted(isInDoubt),
    ),
    loadCore,
  });
  return engine;
}

export interface Recorder {
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

export function join(
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

export function groupOf(number: number, ...events: string[]): Group {
  return { number, events: events.map((event) => ['event', event]), high: [], losses: [] };
}

export const batchIds = () => endpoint.requests.map(({ json }) => json.__tags__.batch_id);

export const refuse = () => {
  endpoint.answer = (response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end('{"errorCode":"PostBodyInvalid"}');
  };
};
