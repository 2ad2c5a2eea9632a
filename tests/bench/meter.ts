// Runs before any client on a page. Measures main-thread time in callbacks and their microtasks, from `begin` until the
// events are handed over. Waiting does not count, nor does the browser's own work, such as parsing a script.

interface Meter {
  /** Starts a measurement. Resolves to its milliseconds when `events` are handed over. */
  begin(by: Handover, events: number): Promise<number>;
  /** Runs `work` and counts it, with all microtasks after it. Call this once per task. */
  task(work: () => void): void;
}

/**
 * `request`: one request to the endpoint holds all events. `post`: the events are posted to the shared worker in
 * groups.
 */
export type Handover = 'request' | 'post';

declare global {
  interface Window {
    meter: Meter;
  }
}

/** A chain of promises counts as finished after this many turns of the microtask queue. */
const TURNS = 100;

const microtask = queueMicrotask;
const now = () => performance.now();

let isCounting = false;
let spent = 0;
/** When the current task began. */
let began: number | undefined;
let awaited: Handover = 'request';
let left = 0;
let done: (milliseconds: number) => void = () => {};

function task<Result>(work: () => Result): Result {
  if (!isCounting || began !== undefined) return work();
  began = now();
  try {
    return work();
  } finally {
    turn(TURNS);
  }
}

function turn(turns: number): void {
  if (turns > 0) {
    microtask(() => turn(turns - 1));
  } else if (began !== undefined) {
    spent += now() - began;
    began = undefined;
  }
}

function handOver(by: Handover, events: number): void {
  if (!isCounting || by !== awaited) return;
  left -= events;
  if (left > 0) return;
  if (began !== undefined) spent += now() - began;
  began = undefined;
  isCounting = false;
  done(spent);
}

export const meter: Meter = {
  begin(by, events) {
    [isCounting, spent, awaited, left] = [true, 0, by, events];
    return new Promise((resolve) => {
      done = resolve;
    });
  },
  task,
};

// engine.js, as the benchmark serves it, calls `meter.task` itself.
window.meter = meter;

// biome-ignore lint/suspicious/noExplicitAny: callbacks of every type.
type Callback = (this: unknown, ...given: any[]) => any;

const timings = new WeakMap<Callback, Callback>();

/** A callback that is timed. Always the same one for the same callback, so that a listener can be removed. */
function timed(callback: Callback): Callback {
  const timing =
    timings.get(callback) ??
    function (this: unknown, ...given: unknown[]) {
      return task(() => callback.apply(this, given));
    };
  timings.set(callback, timing);
  return timing;
}

/** Patches the function `name` of `owner` to time the callback that it gets as argument number `at`. */
function timeArgument(owner: object, name: string, at: number): void {
  const native = Reflect.get(owner, name) as Callback;
  Reflect.set(owner, name, function (this: unknown, ...given: unknown[]) {
    const callback = given[at];
    if (typeof callback === 'function') given[at] = timed(callback as Callback);
    return native.apply(this ?? window, given);
  });
}

timeArgument(window, 'setTimeout', 0);
timeArgument(window, 'requestIdleCallback', 0);
timeArgument(EventTarget.prototype, 'addEventListener', 1);
timeArgument(EventTarget.prototype, 'removeEventListener', 1);
timeArgument(LockManager.prototype, 'request', 1);

/** Patches a property such as `onmessage` to time its handler. */
function timeHandler({ prototype }: { prototype: object }, name: string): void {
  const native = Object.getOwnPropertyDescriptor(prototype, name);
  Object.defineProperty(prototype, name, {
    ...native,
    set(this: unknown, handler: Callback | null) {
      native?.set?.call(this, handler && timed(handler));
    },
  });
}

timeHandler(MessagePort, 'onmessage');
timeHandler(BroadcastChannel, 'onmessage');
for (const name of ['onsuccess', 'onerror']) timeHandler(IDBRequest, name);
timeHandler(IDBOpenDBRequest, 'onupgradeneeded');
for (const name of ['oncomplete', 'onabort']) timeHandler(IDBTransaction, name);

/** Patches the function `name` of `owner`: work that follows the promise which it returns counts. */
function timePromise(owner: object, name: string): void {
  const native = Reflect.get(owner, name) as Callback;
  Reflect.set(owner, name, function (this: unknown, ...given: unknown[]) {
    const promise: Promise<unknown> = native.apply(this ?? window, given);
    const follow = () => task(() => {});
    promise.then(follow, follow);
    return promise;
  });
}

timePromise(WebAssembly, 'compile');
timePromise(WebAssembly, 'instantiate');
timePromise(Response.prototype, 'arrayBuffer');

// The ways to hand events over.

const { fetch, XMLHttpRequest, MessagePort: Port } = window;

window.fetch = (input, init) => {
  if (init?.method === 'POST') handOver('request', left);
  const response = fetch(input, init);
  const follow = () => task(() => {});
  response.then(follow, follow);
  return response;
};

const { send } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.send = function (body) {
  handOver('request', left);
  send.call(this, body);
};

const { sendBeacon } = Navigator.prototype;
Navigator.prototype.sendBeacon = function (url, body) {
  handOver('request', left);
  return sendBeacon.call(this, url, body);
};

const { postMessage } = Port.prototype;
Port.prototype.postMessage = function (message, ...more: unknown[]) {
  (postMessage as Callback).call(this, message, ...more);
  // After the call, so that the browser's copy of the events counts.
  if (message?.kind === 'group') handOver('post', message.group.events.length);
};
