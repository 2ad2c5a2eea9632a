// Functions of the page that are replaced for a while.
import { expect, test } from 'vitest';
import { patch } from '../../../js/src/capture/patch.ts';

type Ask = (this: unknown, question: string) => string;

/** An object with a method `ask`, and a wrapper that marks its answers. */
function shop() {
  const ask: Ask = (question) => `${question}!`;
  const owner = { ask };
  return { owner, ask };
}

const marking =
  (mark: string) =>
  (original: Ask): Ask =>
    function (question) {
      return `${mark}(${Reflect.apply(original, this, [question])})`;
    };

test('calls go through the wrapper until it is removed', () => {
  const { owner, ask } = shop();
  const restore = patch(owner, 'ask', marking('a'));
  expect(owner.ask('hi')).toBe('a(hi!)');
  restore();
  expect(owner.ask('hi')).toBe('hi!');
  expect(owner.ask).toBe(ask);
  restore();
  expect(owner.ask).toBe(ask);
});

test('a reference that the page kept only passes calls on after the wrapper is removed', () => {
  const { owner } = shop();
  const restore = patch(owner, 'ask', marking('a'));
  const kept = owner.ask;
  expect(kept('hi')).toBe('a(hi!)');
  restore();
  expect(kept('hi')).toBe('hi!');
});

test('the wrapper gets this and all arguments, and its errors reach the caller', () => {
  const calls: unknown[] = [];
  const owner = {
    send(...given: number[]): number {
      return given.length;
    },
  };
  patch(
    owner,
    'send',
    (original) =>
      function (this: unknown, ...given) {
        calls.push([this, given]);
        if (given.length === 0) throw new RangeError('nothing to send');
        return original(...given) + 10;
      },
  );
  expect(owner.send(1, 2, 3)).toBe(13);
  expect(() => owner.send()).toThrow(RangeError);
  expect(calls).toEqual([
    [owner, [1, 2, 3]],
    [owner, []],
  ]);
});

test('a replaced function keeps its name, length, text and properties', () => {
  function open(_method: string, _url: string): number {
    return 0;
  }
  open.polyfill = true;
  const owner: { open: typeof open } = { open };
  patch(owner, 'open', () => Object.assign(() => 1, { polyfill: false }));
  expect(owner.open).not.toBe(open);
  expect([owner.open.name, owner.open.length, owner.open.polyfill]).toEqual(['open', 2, true]);
  expect(owner.open('GET', '/')).toBe(1);
});

test('a wrapped class can be constructed, another wrapped function cannot', () => {
  class Request {
    readonly isReal = true;
  }
  const owner = { Request, ask: () => '' };
  patch(owner as unknown as { Request: () => unknown }, 'Request', () => () => 'wrapped');
  patch(owner, 'ask', (original) => original);
  expect(new owner.Request()).toBeInstanceOf(Request);
  expect(new owner.Request().isReal).toBe(true);
  expect(() => Reflect.construct(owner.ask, [])).toThrow(TypeError);
});

test('an inherited function is inherited again afterwards', () => {
  const { owner: parent, ask } = shop();
  const owner: typeof parent = Object.create(parent);
  const restore = patch(owner, 'ask', marking('a'));
  expect(owner.ask('hi')).toBe('a(hi!)');
  expect(parent.ask('hi')).toBe('hi!');
  restore();
  expect(Object.keys(owner)).toEqual([]);
  expect(owner.ask).toBe(ask);
});

test('a property has the same attributes afterwards', () => {
  const ask: Ask = (question) => question;
  const owner = { ask };
  const attributes = { value: ask, writable: true, enumerable: false, configurable: true };
  Object.defineProperty(owner, 'ask', attributes);
  const restore = patch(owner, 'ask', marking('a'));
  expect(Object.keys(owner)).toEqual([]);
  restore();
  expect(Object.getOwnPropertyDescriptor(owner, 'ask')).toEqual(attributes);
});

test('a function that another library has wrapped meanwhile stays theirs, without ours', () => {
  const { owner } = shop();
  const restore = patch(owner, 'ask', marking('ours'));
  const ours = owner.ask;
  const theirs: Ask = (question) => `theirs(${ours(question)})`;
  owner.ask = theirs;
  expect(owner.ask('hi')).toBe('theirs(ours(hi!))');
  restore();
  expect(owner.ask).toBe(theirs);
  expect(owner.ask('hi')).toBe('theirs(hi!)');
});

test.each([
  ['the last one first', [1, 0], 'a(hi!)'],
  ['the first one first', [0, 1], 'b(hi!)'],
])('two trackers may end in either order: %s', (_, order, between) => {
  const { owner } = shop();
  const restores = [patch(owner, 'ask', marking('a')), patch(owner, 'ask', marking('b'))];
  expect(owner.ask('hi')).toBe('b(a(hi!))');
  const answers = order.map((at) => {
    restores[at]?.();
    return owner.ask('hi');
  });
  expect(answers).toEqual([between, 'hi!']);
});

test('a function that the page has replaced meanwhile is not touched', () => {
  const { owner } = shop();
  const restore = patch(owner, 'ask', marking('a'));
  const own: Ask = () => 'own';
  owner.ask = own;
  restore();
  expect(owner.ask).toBe(own);
});

test.each(['frozen', 'read-only'])('a %s function stays as it is, without an error', (how) => {
  const { owner, ask } = shop();
  if (how === 'frozen') Object.freeze(owner);
  else Object.defineProperty(owner, 'ask', { writable: false });
  const restore = patch(owner, 'ask', marking('a'));
  expect(owner.ask('hi')).toBe('hi!');
  restore();
  expect(owner.ask).toBe(ask);
});

test.each([undefined, null, 'a text', {}])('%o in the place of a function is left alone', (odd) => {
  const owner = { ask: odd } as unknown as { ask: Ask };
  let isAsked = false;
  const restore = patch(owner, 'ask', (original) => {
    isAsked = true;
    return original;
  });
  restore();
  expect(owner).toEqual({ ask: odd });
  expect(isAsked).toBe(false);
});
