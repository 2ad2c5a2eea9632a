// The browser's own classes and functions, taken once, when the first file of the library runs. Pages and old libraries
// declare or replace many of these names, before or after that. Lint forbids the global names in all other files.

/** Version of the library, from the build. */
declare const WEBTRACK_VERSION: string;

type World = typeof globalThis;

/** What a page needs for a new window. Workers have none of it. */
interface Frames {
  document: {
    createElement(name: 'iframe'): { hidden: boolean; contentWindow: World; remove(): void };
    documentElement: { append(frame: object): void };
  };
}

const CLASSES = ['Map', 'Set', 'WeakMap', 'WeakSet', 'URL'] as const;
const FUNCTIONS = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'queueMicrotask',
  'fetch',
] as const;

type Natives = Pick<World, (typeof CLASSES)[number] | (typeof FUNCTIONS)[number]> & {
  parse: typeof JSON.parse;
  write: typeof JSON.stringify;
  /** Milliseconds on a clock that never jumps. */
  clock(): number;
  now(): unknown;
};

const { getOwnPropertyDescriptor, prototype: objectPrototype } = Object;

/** The class of the browser's own promises, which an async function returns whatever the page calls `Promise`. */
export const Promise = (async () => {})().constructor as PromiseConstructor;
export type Promise<Value> = globalThis.Promise<Value>;

/**
 * A copy without a prototype. Options and descriptors that the browser reads need it: a page may have given all objects
 * properties such as `once`, `get` or `type`.
 */
export function bare<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null), options);
}

/** Whether this function is the browser's own. */
export function isNative(value: unknown): boolean {
  return (
    typeof value === 'function' && Function.prototype.toString.call(value).includes('[native code]')
  );
}

/**
 * Returns what `read` finds in a new empty window, where no script has changed anything; undefined if there can be
 * none. The window is gone afterwards.
 */
export function inCleanWindow<Answer>(read: (window: World) => Answer): Answer | undefined {
  try {
    const { document } = globalThis as unknown as Frames;
    const frame = document.createElement('iframe');
    frame.hidden = true;
    document.documentElement.append(frame);
    try {
      return read(frame.contentWindow);
    } finally {
      frame.remove();
    }
  } catch {
    return undefined;
  }
}

/**
 * The name under which zone.js keeps a function that it has replaced. Angular checks the whole page after each timer
 * and listener that it sees, so it must not see ours.
 */
function unzoned(name: string): string {
  const { Zone } = globalThis as { Zone?: { __symbol__?(name: string): string } };
  return Zone?.__symbol__?.(name) ?? name;
}

/** `owner[name]`, but not as zone.js has replaced it. */
export function original<Owner extends object, Name extends keyof Owner & string>(
  owner: Owner,
  name: Name,
): Owner[Name] {
  return owner[unzoned(name) as Name] ?? owner[name];
}

function take(): Natives {
  const world = globalThis as World;
  const { performance, JSON, Date } = world;
  const natives: Record<string, unknown> = {
    parse: JSON.parse,
    write: JSON.stringify,
    now: Date.now,
  };
  for (const name of FUNCTIONS) natives[name] = original(world, name);
  for (const name of CLASSES) natives[name] = world[name];
  const replaced = CLASSES.filter((name) => !isNative(world[name]));
  if (replaced.length > 0) {
    inCleanWindow((clean) => {
      for (const name of replaced) natives[name] = clean[name];
    });
  }
  // A page may have a variable `performance`, or a shim without an origin of time.
  const hasClock = typeof performance?.timeOrigin === 'number';
  const now = performance?.now;
  natives.clock = hasClock ? () => now.call(performance) : () => new world.Event('').timeStamp;
  return natives as unknown as Natives;
}

// Files that load later find the natives of the first file here: the page may have replaced some since.
const shared = globalThis as { [key: symbol]: Natives | undefined };
const KEY = Symbol.for(`webtrack ${WEBTRACK_VERSION} natives`);
shared[KEY] ??= take();
const natives = shared[KEY];

export const {
  Map,
  Set,
  WeakMap,
  WeakSet,
  URL,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  queueMicrotask,
  fetch,
  clock,
  parse,
} = natives;
export type Map<Key, Value> = globalThis.Map<Key, Value>;
export type Set<Value> = globalThis.Set<Value>;
export type URL = globalThis.URL;

/** Epoch milliseconds, whole. The visitor may set this clock: never wait by it. */
export function wallClock(): number {
  // A library may let `Date.now` return a Date.
  return Math.round(Number(natives.now()));
}

const HAVE_TO_JSON = [
  objectPrototype,
  Array.prototype,
  String.prototype,
  Number.prototype,
  Boolean.prototype,
];

/** `JSON.stringify`, but not changed by a `toJSON` that an old library has given to all arrays, texts and so on. */
export function stringify(
  value: unknown,
  replacer?: (this: unknown, key: string, part: unknown) => unknown,
): string {
  const removed: [object: object, toJSON: PropertyDescriptor][] = [];
  for (const object of HAVE_TO_JSON) {
    const toJSON = getOwnPropertyDescriptor(object, 'toJSON');
    if (toJSON && Reflect.deleteProperty(object, 'toJSON')) removed.push([object, toJSON]);
  }
  try {
    return natives.write(value, replacer);
  } finally {
    for (const [object, toJSON] of removed) Reflect.defineProperty(object, 'toJSON', bare(toJSON));
  }
}
