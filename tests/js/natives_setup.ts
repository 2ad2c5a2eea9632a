// Runs before each test file: natives that ask the globals at each call, so that tests can replace timers and clocks.
// The library itself takes them once. tests/js/natives.test.ts tests that.

type Args = never[];

const later =
  (name: string) =>
  (...args: Args) =>
    (globalThis as unknown as Record<string, (...args: Args) => unknown>)[name]?.(...args);

const FUNCTIONS = 'setTimeout clearTimeout setInterval clearInterval queueMicrotask fetch'.split(
  ' ',
);

Object.assign(globalThis, {
  [Symbol.for('webtrack 0.0.0 natives')]: {
    Map,
    Set,
    WeakMap,
    WeakSet,
    URL,
    parse: (text: string) => JSON.parse(text),
    write: (...args: Parameters<typeof JSON.stringify>) => JSON.stringify(...args),
    ...Object.fromEntries(FUNCTIONS.map((name) => [name, later(name)])),
    now: () => Date.now(),
    clock: () => performance.now(),
  },
});
