// A function of the page's that a plug-in listens in on, and gives back.

/**
 * Puts `wrap(original)` in place of `owner[name]`; what is returned undoes it. Where somebody has put another
 * one on top meanwhile that one stays, and ours becomes the original again underneath.
 */
export function patch<Name extends string, Original extends (...given: never[]) => unknown>(
  owner: { [key in Name]: Original },
  name: Name,
  wrap: (original: Original) => Original,
): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  const original = owner[name];
  if (typeof original !== 'function') return () => {};
  let current = wrap(original);
  // A proxy has the original's name, length and properties, and is no more of a constructor than that.
  const ours = new Proxy(original, {
    apply: (_, self, given) => Reflect.apply(current, self, given),
  });
  // Where the page forbids it nothing happens.
  Reflect.set(owner, name, ours);
  return () => {
    current = original;
    if (owner[name] !== ours) return;
    if (own) Reflect.defineProperty(owner, name, own);
    else Reflect.deleteProperty(owner, name);
  };
}
