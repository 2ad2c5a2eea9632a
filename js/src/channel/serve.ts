// The worker's end of the channel: opens a session of the engine for each page that connects.

import type { Engine, Session } from '../engine/engine.ts';
import { Promise } from '../natives.ts';
import type { PageMessage, WorkerMessage } from './protocol.ts';

/**
 * Messages that show that the page has left the back/forward cache. Others may follow `pause` while the page enters the
 * cache.
 */
const SHOWS_RETURN: readonly PageMessage['kind'][] = ['resume', 'show', 'flush', 'end'];

/** Most messages held for a page in the back/forward cache; above that the oldest are dropped. */
const MAX_HELD = 200;

/** Serves the page at the other end of `port`. `lifeLock` resolves once the worker holds the lock of this name. */
export function serve(
  port: MessagePort,
  engine: Engine,
  lifeLock: Promise<string | undefined>,
): void {
  let session: Session | undefined;
  /**
   * Messages held for a page in the back/forward cache: Chromium evicts a page from it when a worker posts to that
   * page.
   */
  let held: WorkerMessage[] | undefined;
  const post = (message: WorkerMessage) => {
    if (!held) port.postMessage(message);
    else if (held.push(message) > MAX_HELD) held.shift();
  };
  const hear = (data: PageMessage) => {
    if (data.kind === 'pause') held ??= [];
    if (SHOWS_RETURN.includes(data.kind)) {
      for (const message of held ?? []) port.postMessage(message);
      held = undefined;
    }
    if (data.kind !== 'hello') {
      if (session) act(session, data, post);
      return;
    }
    session = engine.open(data.hello, {
      stored: (group) => post({ kind: 'stored', group }),
      delivered: (delivered) => post({ kind: 'delivered', delivered }),
      lost: (drop) => post({ kind: 'lost', drop }),
      notice: (notice) => post({ kind: 'notice', notice }),
      noteStored: (key) => post({ kind: 'note_stored', key }),
      doubted: (isInDoubt) => post({ kind: 'doubted', isInDoubt }),
    });
    // The page has ended or crashed. Not every browser fires this event.
    port.addEventListener('close', () => session?.gone());
    void Promise.all([session.stored, lifeLock]).then(([stored, lockName]) => {
      post({ kind: 'ready', stored, ...(lockName && { lifeLock: lockName }) });
      // The doubt may date from a time in which no page was connected.
      if (engine.isInDoubt) post({ kind: 'doubted', isInDoubt: true });
    });
  };
  port.onmessage = ({ data }: MessageEvent<PageMessage>) => {
    try {
      hear(data);
    } catch {
      // Any script of the origin can connect and post something that is no message of ours.
    }
  };
}

function act(
  session: Session,
  message: Exclude<PageMessage, { kind: 'hello' }>,
  post: (message: WorkerMessage) => void,
): void {
  switch (message.kind) {
    case 'group':
      session.add(message.group);
      return;
    case 'notes':
      session.takeNotes(message.notes);
      return;
    case 'flush':
    case 'end':
      void session[message.kind]().then(() => post({ kind: 'done', id: message.id }));
      return;
    default:
      session[message.kind]();
  }
}
