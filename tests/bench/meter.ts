// On a page ahead of everything else: the main thread's time of callbacks, their microtasks included, from a start until
// events are handed over. Waiting does not count, nor does what the browser does by itself, such as to parse a script.

interface Meter {
  /** Begins at 0. Until `events` are handed over; resolves to milliseconds. */
  begin(by: Handover, events: number): Promise<number>;
  /** Does `work`, which counts until all microtasks behind it are done. Call it once a task. */
  task(work: () => void): void;
}

/** By a request to the endpoint, which has them all; or by groups that are posted to the shared worker. */
export type Handover = 'request' | 'post';

declare global {
  interface Window {
    meter: Meter;
  }
}

/** A chain of promises is over after so many turns of the microtask queue. */
const TURNS = 100;

const microtask = queueMicrotask;
const now = () => performance.now();

let isCounting = false;
let spent = 0;
/** When the present task began. */
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

// For a script that tells by itself when it begins.
window.meter = meter;

// biome-ignore lint/suspicious/noExplicitAny: callbacks of every kind.
type Callback = (this: unknown, ...given: any[]) => any;

const timings = new WeakMap<Callback, Callback>();

/** The same one for the same callback, by which a listener can be removed. */
function timed(callback: Callback): Callback {
  const timing =
    timings.get(callback) ??
    function (this: unknown, ...given: unknown[]) {
      return task(() => callback.apply(this, given));
    };
  timings.set(callback, timing);
  return timing;
}

/** Makes the function `name` of `owner` time the callback that it is given at place `at`. */
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

/** Makes the property `on…` time its handler. */
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

/** Makes what follows on a promise of the browser's count. */
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

// The ways in which events are handed over.

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
  // With the copy that the browser makes of them.
  if (message?.kind === 'group') handOver('post', message.group.events.length);
};
