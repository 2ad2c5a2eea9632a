// A page as the recorder sees it: globals that a test changes, and whose events it fires.
import { vi } from 'vitest';

type Heard = (event: object) => void;
type ListenOptions = { capture?: boolean; once?: boolean };
type Listened = { type: string; listener: Heard; capture: boolean; once: boolean };

const captureOf = (options: boolean | ListenOptions) =>
  typeof options === 'boolean' ? options : (options.capture ?? false);

/** A target of events. As in browsers, listeners of the capture phase hear an event first. */
export class FakeTarget {
  #listened: Listened[] = [];

  readonly addEventListener = (
    type: string,
    listener: Heard,
    options: boolean | ListenOptions = false,
  ): void => {
    const capture = captureOf(options);
    const once = typeof options !== 'boolean' && options.once === true;
    this.removeEventListener(type, listener, capture);
    this.#listened.push({ type, listener, capture, once });
  };

  readonly removeEventListener = (
    type: string,
    listener: Heard,
    options: boolean | ListenOptions = false,
  ): void => {
    const capture = captureOf(options);
    this.#listened = this.#listened.filter(
      (one) => one.type !== type || one.listener !== listener || one.capture !== capture,
    );
  };

  fire(type: string, event: object = {}): void {
    const listened = this.#listened.filter((one) => one.type === type);
    for (const one of listened.sort((a, b) => Number(b.capture) - Number(a.capture))) {
      if (!this.#listened.includes(one)) continue;
      if (one.once) this.#listened = this.#listened.filter((other) => other !== one);
      one.listener(event);
    }
  }

  /** The types of all events that somebody listens to. */
  get types(): string[] {
    return this.#listened.map(({ type }) => type).sort();
  }
}

export interface DocumentState {
  readyState: DocumentReadyState;
  visibilityState: DocumentVisibilityState;
  baseURI: string;
  prerendering?: boolean;
}

/** Makes a visible page, by `vi.stubGlobal`. */
export function fakePage(state: Partial<DocumentState> = {}) {
  const window = new FakeTarget();
  const document = Object.assign(new FakeTarget(), {
    readyState: 'complete',
    visibilityState: 'visible',
    baseURI: 'https://shop.example.com/cart/',
    ...state,
  } as DocumentState);
  vi.stubGlobal('document', document);
  vi.stubGlobal('addEventListener', window.addEventListener);
  vi.stubGlobal('removeEventListener', window.removeEventListener);
  return {
    window,
    document,
    /** The page becomes visible or hidden. */
    turn(visibilityState: DocumentVisibilityState) {
      document.visibilityState = visibilityState;
      document.fire('visibilitychange');
    },
    load() {
      document.readyState = 'complete';
      window.fire('load');
    },
  };
}
