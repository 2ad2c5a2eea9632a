// The worker's end of the channel: a session of the engine for each page that connects.

import type { Engine, Session } from '../engine/engine.ts';
import type { PageMessage, WorkerMessage } from './protocol.ts';

/** What a page in the back/forward cache cannot say. Other messages may follow `pause` on the way there. */
const SAYS_BACK: readonly PageMessage['kind'][] = ['resume', 'show', 'flush', 'end'];

/** Messages that wait for a page in the back/forward cache; of more the oldest are dropped. */
const MOST_WAITING = 200;

/** Serves the page at the other end of `port`. */
export function serve(port: MessagePort, engine: Engine): void {
  let session: Session | undefined;
  /** For a page in the back/forward cache: Chromium throws it out when a worker posts to it. */
  let waiting: WorkerMessage[] | undefined;
  const post = (message: WorkerMessage) => {
    if (!waiting) port.postMessage(message);
    else if (waiting.push(message) > MOST_WAITING) waiting.shift();
  };
  port.onmessage = ({ data }: MessageEvent<PageMessage>) => {
    if (data.kind === 'pause') waiting ??= [];
    if (SAYS_BACK.includes(data.kind)) {
      for (const message of waiting ?? []) port.postMessage(message);
      waiting = undefined;
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
    // The page has gone for good, or crashed. Not every browser tells.
    port.addEventListener('close', () => session?.leave());
    void session.stored.then((stored) => post({ kind: 'ready', stored }));
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
