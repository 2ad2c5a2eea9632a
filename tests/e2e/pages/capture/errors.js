// Each button fails in another way; further functions throw values of any kind.

function total(cart) {
  return cart.items.length;
}

async function load() {
  await Promise.resolve();
  total(undefined);
}

const ways = {
  uncaught: () => total(undefined),
  rejection: () => void Promise.reject(new RangeError('out of stock')),
  native: () => [undefined].map(total),
  awaited: () => void load(),
  // biome-ignore lint/security/noGlobalEval: the test needs a stack frame of eval.
  evaluated: () => eval('total(undefined)'),
  said: () => console.error('%s of %d %o', 'one', 2, { private: 'secret' }, new RangeError('low')),
};
for (const [id, fail] of Object.entries(ways)) {
  document.getElementById(id).addEventListener('click', fail);
}

class Unnamed extends Error {}

const thrown = {
  text: 'a text',
  number: 5,
  null: null,
  undefined: undefined,
  object: { code: 5, secret: 'value' },
  described: { message: 'from a library', code: 7 },
  dom: new DOMException('no such item', 'NotFoundError'),
  unnamed: new Unnamed('of a class'),
  empty: new Error(''),
  long: new Error('x'.repeat(5_000)),
};
globalThis.kinds = Object.keys(thrown);
globalThis.throwLater = (kind) =>
  setTimeout(() => {
    throw thrown[kind];
  });
globalThis.rejectLater = (kind) => void Promise.reject(thrown[kind]);
globalThis.throwDifferent = (from, to) => {
  for (let n = from; n < to; n++) reportError(new Error(`different ${n}`));
};
