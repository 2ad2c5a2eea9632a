// Errors of every shape: anything may be thrown, and reading it may throw again.

import { expect, test } from '../fixtures.ts';
import { failures, options, PAGE } from './errors_page.ts';
import { recorded } from './recorded.ts';

test.use({ expectedProblems: /./ });

/** What is thrown, by the message that must be recorded. */
const THROWN: Record<string, () => unknown> = {
  'stack getter': () => {
    const error = new Error('stack getter');
    return Object.defineProperty(error, 'stack', {
      get() {
        throw new Error('no');
      },
    });
  },
  'name getter': () => {
    const error = new Error('name getter');
    return Object.defineProperty(error, 'name', {
      get() {
        throw new Error('no');
      },
    });
  },
  '{code}': () => Object.assign(new Error('was text'), { message: { code: 17 } }),
  'name object': () => Object.assign(new Error('name object'), { name: Object.create(null) }),
  'stack object': () => Object.assign(new Error('stack object'), { stack: Object.create(null) }),
  '{}': () =>
    new Proxy(
      {},
      {
        get() {
          throw new Error('trap');
        },
      },
    ),
  'an object that cannot be read, such as a revoked Proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  frozen: () => Object.freeze(new RangeError('frozen')),
  undefined: () => undefined,
  null: () => null,
  'a text': () => 'a text',
  '17': () => 17,
  'Symbol(sym)': () => Symbol('sym'),
  '{self}': () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    return cycle;
  },
  '[3]': () => [1, 2, 3],
  'aborted by hand': () => new DOMException('aborted by hand', 'AbortError'),
  'event "timeout"': () => new ProgressEvent('timeout'),
  'event "ab"': () => new CustomEvent('ab', { detail: 7 }),
};

test('whatever a promise is rejected with becomes one event', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  for (const reject of Object.values(THROWN)) {
    await page.evaluate(`{ const made = (${reject})(); setTimeout(() => Promise.reject(made)); }`);
  }
  const errors = await failures(page, collector, Object.keys(THROWN).length);
  expect(errors.map(({ message }) => message)).toEqual(Object.keys(THROWN));
  const withStack = errors.find(({ message }) => message === '{code}');
  expect(withStack?.stack).toMatch(/@/);
});

test('whatever is thrown becomes one event', async ({ page, collector, open }) => {
  await open(PAGE, { options });
  for (const make of Object.values(THROWN)) {
    await page.evaluate(`{ const made = (${make})(); setTimeout(() => { throw made; }); }`);
  }
  const errors = await failures(page, collector, Object.keys(THROWN).length);
  expect(errors.map(({ error_type }) => error_type)).toEqual(errors.map(() => 'uncaught'));
});

test('what the browser has no message for is recorded, and an event that is no error is not', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.evaluate(() => {
    dispatchEvent(new Event('error'));
    dispatchEvent(new ErrorEvent('error', { message: '', error: Symbol('from WebKit') }));
  });
  const errors = await failures(page, collector, 1);
  expect(errors).toMatchObject([{ error_type: 'uncaught', message: 'Symbol(from WebKit)' }]);
});

test('causes, and the errors of an AggregateError, are recorded', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.evaluate(() => {
    const root = new TypeError('no route to https://db.example/?key=secret');
    const middle = new Error('no answer', { cause: root });
    void Promise.reject(new Error('not saved', { cause: middle }));
    void Promise.reject(new AggregateError([new RangeError('first'), 'second'], 'many'));
    const cycle = new Error('cycle');
    cycle.cause = cycle;
    void Promise.reject(cycle);
    void Promise.reject(new Error('plain'));
  });
  const errors = await failures(page, collector, 4);
  expect(errors.map(({ message, error_causes }) => [message, error_causes])).toEqual([
    ['not saved', 'Error: no answer\nTypeError: no route to https://db.example/'],
    ['many', 'RangeError: first\nsecond'],
    ['cycle', 'Error: cycle\nError: cycle\nError: cycle\nError: cycle\nError: cycle'],
    ['plain', undefined],
  ]);
});

test('the rejection of a library that dispatches an event of its own is recorded with its reason', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.evaluate(() => {
    const detail = { reason: new RangeError('stock below zero'), promise: null };
    dispatchEvent(new CustomEvent('unhandledrejection', { detail }));
  });
  const [error] = await failures(page, collector, 1);
  expect(error).toMatchObject({
    error_type: 'rejection',
    error_name: 'RangeError',
    message: 'stock below zero',
    stack: expect.stringContaining('@'),
  });
});

test('an error with a message or a stack of any length is cut, and holds up no page', async ({
  page,
  collector,
  open,
}) => {
  await open(PAGE, { options });
  await page.evaluate(() => {
    const sheet = '@media(max-width:90px){.a:hover{color:#123}}'.repeat(2_500);
    const stacks = [sheet, '@'.repeat(60_000), `m\n    at ${' [as ]'.repeat(10_000)}`];
    stacks.forEach((stack, n) => {
      void Promise.reject(Object.assign(new Error(`stack ${n}`), { stack: `Error: ${stack}` }));
    });
    void Promise.reject(new Error('😀x'.repeat(1_000_000)));
  });
  const errors = await failures(page, collector, 4);
  expect(errors.slice(0, 3).map(({ message }) => message)).toEqual([
    'stack 0',
    'stack 1',
    'stack 2',
  ]);
  expect(errors[3]?.message).toMatch(/^(😀x)+😀?$/u);
  expect(String(errors[3]?.message).length).toBeLessThanOrEqual(1_000);
  expect(await recorded(page, collector, 'error')).toHaveLength(4);
});
