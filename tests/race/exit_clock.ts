// Runs on a page before its client. Measures how long exit handlers and their microtasks keep the main thread busy.

declare global {
  interface Window {
    exitClock: {
      /** Milliseconds that exit handlers of all pages of the origin have taken since the last call. */
      take(): number;
    };
  }
}

type Listener = EventListenerOrEventListenerObject | null;
type Options = boolean | AddEventListenerOptions | undefined;

const EXITS = new Set(['navigate', 'pagehide', 'visibilitychange', 'beforeunload', 'unload']);
const KEY = 'exit_clock';

let began: number | undefined;
let spent = 0;

// Runs after each handler and its microtasks. Uses localStorage, because a page that is left cannot report otherwise.
const stopClock = () => {
  if (began === undefined) return;
  spent += performance.now() - began;
  began = undefined;
  localStorage.setItem(KEY, String(spent));
};

const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
const wrapped = new WeakMap<object, EventListener>();

EventTarget.prototype.addEventListener = function (type: string, listener: Listener, how: Options) {
  if (!EXITS.has(type) || listener === null) return add.call(this, type, listener, how);
  const timed =
    wrapped.get(listener) ??
    function (this: unknown, event: Event) {
      began = performance.now();
      if (typeof listener === 'function') return listener.call(this as EventTarget, event);
      return listener.handleEvent(event);
    };
  wrapped.set(listener, timed);
  add.call(this, type, timed, how);
  // A new function for each handler, because adding the same listener twice has no effect.
  add.call(this, type, () => stopClock(), how);
};

EventTarget.prototype.removeEventListener = function (type, listener, how) {
  remove.call(this, type, (listener && wrapped.get(listener)) ?? listener, how);
};

// Handlers that are set as properties.
for (const type of EXITS) {
  const target = type === 'visibilitychange' ? document : window;
  let handler: EventListener | null = null;
  Object.defineProperty(target, `on${type}`, {
    get: () => handler,
    set(given: EventListener | null) {
      if (!handler && given) target.addEventListener(type, (event) => handler?.(event));
      handler = given;
    },
  });
}

window.exitClock = {
  take() {
    const time = Number(localStorage.getItem(KEY));
    localStorage.removeItem(KEY);
    spent = 0;
    return time;
  },
};

export {};
