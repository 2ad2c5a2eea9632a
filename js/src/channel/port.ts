// The page's end of the channel: a session with the engine in the shared worker.

import { within } from '../engine/bounded.ts';
import type { Hello, Listener, Session } from '../engine/engine.ts';
import { bare, Map, Promise, setTimeout } from '../natives.ts';
import { type PageMessage, PROTOCOL, type WorkerMessage } from './protocol.ts';

/** Version of the library, from the build. */
declare const WEBTRACK_VERSION: string;

/** A worker that does not answer within this time counts as missing. */
const HANDSHAKE_MS = 1_000;

/** After a worker's process has died, the browser may for a moment give pages the same worker again. */
const DEATH_MS = 300;

/** TypeScript lacks this option: https://html.spec.whatwg.org/#dom-workeroptions-extendedlifetime */
type Options = WorkerOptions & { extendedLifetime: boolean };

type Ready = WorkerMessage & { kind: 'ready' };

/** The first Chromium whose shared workers outlive their pages. */
const FIRST_CHROMIUM = 148;

/** Whether the browser may have shared workers that outlive their pages. Only starting one tells for sure. */
export function mayHaveLastingWorkers(): boolean {
  if (!globalThis.SharedWorker) return false;
  // Check the user agent first: the test below takes a loading page 2 ms, as long as the rest of the recorder.
  const agent = globalThis.navigator?.userAgent ?? '';
  const at = agent.indexOf('Chrome/');
  if (at >= 0) return Number.parseInt(agent.slice(at + 7), 10) >= FIRST_CHROMIUM;
  let isRead = false;
  try {
    // The address is invalid, so no worker starts, but the browser reads the options first.
    new globalThis.SharedWorker(
      'http://[',
      optionsOf(() => (isRead = true)),
    );
  } catch {}
  return isRead;
}

/**
 * The worker's options. Calls `onRead` when the browser reads `extendedLifetime`, which shows that it knows the option.
 */
function optionsOf(onRead: () => void): Options {
  return {
    // See `bare`, which would call the getter.
    __proto__: null,
    // Pages with different versions of the library get different workers.
    name: `webtrack ${WEBTRACK_VERSION} ${PROTOCOL}`,
    credentials: 'same-origin',
    get extendedLifetime() {
      onRead();
      return true;
    },
  } as Options;
}

/**
 * Opens a session in the worker of this script. Calls `died` if the worker dies later. Resolves to undefined if the
 * browser's workers end with their pages. Rejects with an Error that says what is wrong: the worker does not start, or
 * does not answer within a second.
 */
export async function openInWorker(
  script: string,
  hello: Hello,
  listener: Listener,
  died: () => void,
): Promise<Session | undefined> {
  let isLasting = false;
  const worker = new globalThis.SharedWorker(
    script,
    optionsOf(() => (isLasting = true)),
  );
  const { port } = worker;
  if (!isLasting) {
    port.close();
    return undefined;
  }
  const { session, hear } = sessionOf(port, listener);
  const answer = new Promise<Ready>((ready, failed) => {
    worker.onerror = () => failed(new Error('did not load'));
    port.onmessage = ({ data }: MessageEvent<WorkerMessage>) =>
      data.kind === 'ready' ? ready(data) : hear(data);
    post(port, { kind: 'hello', hello });
  });
  const { stored, lifeLock } = await within(answer, HANDSHAKE_MS).catch((error) => {
    // The worker may still start later. This page has no use for it then.
    close(port);
    throw error;
  });
  worker.onerror = null;
  const forget = lifeLock ? watchLife(lifeLock, died) : () => {};
  return {
    ...session,
    stored: Promise.resolve(stored),
    end: () => session.end().then(forget),
    gone: () => {
      session.gone();
      forget();
    },
  };
}

/** Calls `died` when the worker's process has ended, until the returned function is called. */
function watchLife(lifeLock: string, died: () => void): () => void {
  const controller = new globalThis.AbortController();
  // Shared, so that all pages get it.
  const options = bare({ mode: 'shared', signal: controller.signal } as const);
  const onDeath = () => void setTimeout(died, DEATH_MS);
  globalThis.navigator.locks.request(lifeLock, options, onDeath).catch(() => {});
  return () => controller.abort();
}

// A closed port lives as long as the page. Its handler would keep the tracker in memory.
function close(port: MessagePort): void {
  port.onmessage = null;
  port.close();
}

function post(port: MessagePort, message: PageMessage): void {
  port.postMessage(message);
}

/** The calls to the worker, and what hears its messages. */
function sessionOf(port: MessagePort, listener: Listener) {
  /** Functions that resolve the promises of open requests, by request id. */
  const pending = new Map<number, () => void>();
  let nextId = 0;
  const ask = (kind: 'flush' | 'end') => {
    const id = nextId++;
    post(port, { kind, id });
    return new Promise<void>((done) => pending.set(id, done));
  };
  const send = (kind: 'hide' | 'show' | 'pause' | 'resume') => () => post(port, { kind });
  const hear = (data: WorkerMessage) => {
    switch (data.kind) {
      case 'stored':
        return listener.stored(data.group);
      case 'delivered':
        return listener.delivered(data.delivered);
      case 'lost':
        return listener.lost(data.drop);
      case 'notice':
        return listener.notice(data.notice);
      case 'note_stored':
        return listener.noteStored(data.key);
      case 'doubted':
        return listener.doubted(data.isInDoubt);
      case 'done':
        pending.get(data.id)?.();
        pending.delete(data.id);
    }
  };
  const session: Omit<Session, 'stored'> = {
    add: ({ number, events, high, losses }) =>
      post(port, { kind: 'group', group: { number, events, high, losses } }),
    flush: () => ask('flush'),
    takeNotes: (notes) => post(port, { kind: 'notes', notes }),
    hide: send('hide'),
    show: send('show'),
    pause: send('pause'),
    resume: send('resume'),
    end: () => ask('end').then(() => close(port)),
    gone: () => close(port),
  };
  return { session, hear };
}
