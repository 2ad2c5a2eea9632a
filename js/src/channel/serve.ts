// The worker's end of the channel: a session of the engine for each page that connects.

import type { Engine, Session } from '../engine/engine.ts';
import type { PageMessage, WorkerMessage } from './protocol.ts';

/** Serves the page at the other end of `port`. */
export function serve(port: MessagePort, engine: Engine): void {
  let session: Session | undefined;
  const post = (message: WorkerMessage) => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<PageMessage>) => {
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
    void session.received.then((received) => post({ kind: 'ready', received }));
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
