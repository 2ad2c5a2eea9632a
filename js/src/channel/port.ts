// A session with the engine in the shared worker.

import type { Hello, Listener, Session } from '../engine/engine.ts';
import { type PageMessage, PROTOCOL, type WorkerMessage } from './protocol.ts';

/** Version of the library; the build puts it in. */
declare const WEBTRACK_VERSION: string;

/** A worker that says nothing for so long is not there. */
const HANDSHAKE_MS = 1_000;

/** TypeScript does not know the option yet: https://html.spec.whatwg.org/#dom-workeroptions-extendedlifetime */
type Options = WorkerOptions & { extendedLifetime: boolean };

/** The first Chromium whose shared workers outlive their pages. */
const FIRST_CHROMIUM = 148;

/** Whether the browser may have shared workers that outlive their pages. A page that starts one finds out. */
export function mayHaveLastingWorkers(): boolean {
  if (typeof SharedWorker === 'undefined') return false;
  // The question below takes a cold page 2 ms, as much as all the rest of the recorder.
  const agent = globalThis.navigator?.userAgent ?? '';
  const at = agent.indexOf('Chrome/');
  if (at >= 0) return Number.parseInt(agent.slice(at + 7), 10) >= FIRST_CHROMIUM;
  let isRead = false;
  try {
    // No worker starts from such an address, but the options are read before.
    new SharedWorker(
      'http://[',
      lasting(() => (isRead = true)),
    );
  } catch {}
  return isRead;
}

/** Worker options; `read` is called when the browser knows them all. */
function lasting(read: () => void): Options {
  return {
    // Pages of two releases meet two workers.
    name: `webtrack ${WEBTRACK_VERSION} ${PROTOCOL}`,
    credentials: 'same-origin',
    get extendedLifetime() {
      read();
      return true;
    },
  };
}

/**
 * Opens a session in the worker of that script; undefined where the browser's workers end with their pages. Rejects with
 * an Error that says what is wrong: the worker does not start, or does not answer within a second.
 */
export async function openInWorker(
  script: string,
  hello: Hello,
  listener: Listener,
): Promise<Session | undefined> {
  let isLasting = false;
  const worker = new SharedWorker(
    script,
    lasting(() => (isLasting = true)),
  );
  const { port } = worker;
  if (!isLasting) {
    port.close();
    return undefined;
  }
  const stored = await new Promise<number>((ready, failed) => {
    const timer = setTimeout(() => fail('did not answer within a second'), HANDSHAKE_MS);
    const fail = (what: string) => {
      clearTimeout(timer);
      // It may still start: nobody will speak to it.
      port.close();
      failed(new Error(what));
    };
    worker.onerror = () => fail('did not load');
    port.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if (data.kind !== 'ready') return;
      clearTimeout(timer);
      ready(data.stored);
    };
    post(port, { kind: 'hello', hello });
  });
  worker.onerror = null;
  return sessionOf(port, stored, listener);
}

function post(port: MessagePort, message: PageMessage): void {
  port.postMessage(message);
}

function sessionOf(port: MessagePort, stored: number, listener: Listener): Session {
  const waiting = new Map<number, () => void>();
  let nextId = 0;
  const ask = (kind: 'flush' | 'end') => {
    const id = nextId++;
    post(port, { kind, id });
    return new Promise<void>((done) => waiting.set(id, done));
  };
  const say = (kind: 'hide' | 'show' | 'pause' | 'resume') => () => post(port, { kind });
  port.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
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
        waiting.get(data.id)?.();
        waiting.delete(data.id);
    }
  };
  return {
    stored: Promise.resolve(stored),
    add: ({ number, events, high, losses }) =>
      post(port, { kind: 'group', group: { number, events, high, losses } }),
    flush: () => ask('flush'),
    takeNotes: (notes) => post(port, { kind: 'notes', notes }),
    hide: say('hide'),
    show: say('show'),
    pause: say('pause'),
    resume: say('resume'),
    end: () => ask('end').then(() => port.close()),
    leave: () => port.close(),
  };
}
