// Chooses where the engine runs: in the shared worker if the browser's workers outlive their pages, else in the page.

import type { Hello, Listener, Session } from '../engine/engine.ts';
import type { Promise, URL } from '../natives.ts';
import type { Notice } from '../types.ts';
import { mayHaveLastingWorkers, openInWorker } from './port.ts';

export interface Hosts {
  /**
   * Returns the address of the shared worker's script, or undefined if it is unknown. The property itself is undefined
   * if the page wants no worker.
   */
  worker: (() => URL | undefined) | undefined;
  /** Address of the core for the worker, if the option `coreUrl` names none. Undefined: next to the worker. */
  workerCore(): string | undefined;
  /** Opens a session in an engine that runs in this page. Rejects if the engine does not load. */
  openLocal(hello: Hello, listener: Listener): Promise<Session>;
  /** Resolves once the page is loaded. */
  whenLoaded(): Promise<void>;
}

/** `isLocal`: the engine runs in this page, and handles the exit itself. */
export type Connection = Session & { readonly isLocal: boolean };

/** What a recorder hears of its connection. */
export interface ConnectionListener extends Listener {
  /** The worker has died: open another connection. */
  died(): void;
}

/** Opens a session. Never rejects; resolves to undefined if no engine loads. */
export async function connect(
  hosts: Hosts,
  hello: Hello,
  listener: ConnectionListener,
): Promise<Connection | undefined> {
  const notice = (kind: Notice['kind'], message: string) => listener.notice({ kind, message });
  const openIn = (worker: URL) => {
    if (worker.origin !== location.origin) throw new Error('lies on another origin');
    const coreUrl = hello.settings.coreUrl ?? hosts.workerCore();
    const settings = { ...hello.settings, coreUrl };
    return openInWorker(worker.href, { ...hello, settings }, listener, listener.died);
  };
  if (hosts.worker && mayHaveLastingWorkers()) {
    let worker: URL | undefined;
    try {
      // Throws if a bundler left an `import.meta.url` that is not a valid base.
      worker = hosts.worker();
      const session = worker && (await openIn(worker));
      if (session) return asConnection(session, false);
    } catch (error) {
      notice(
        'worker_failed',
        `The shared worker ${worker?.href ?? '(no address)'} ${messageOf(error)}, so the page does the work. ` +
          "Serve the worker's script as JavaScript from this origin, allow it in worker-src and Trusted Types, " +
          'or set the option "worker".',
      );
    }
  }
  await hosts.whenLoaded();
  try {
    return asConnection(await hosts.openLocal(hello, listener), true);
  } catch (error) {
    notice(
      'engine_failed',
      `engine.js did not load: ${messageOf(error)}. Serve all files of dist/ in one folder.`,
    );
    return undefined;
  }
}

function asConnection(session: Session, isLocal: boolean): Connection {
  return Object.assign(session, { isLocal });
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
