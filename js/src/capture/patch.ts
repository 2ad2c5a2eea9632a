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
  const wrapped = wrap(original);
  let active = true;
  const ours = function (this: unknown, ...given: Parameters<Original>) {
    return Reflect.apply(active ? wrapped : original, this, given);
  } as unknown as Original;
  // What looks at a function's name or text finds those of the original.
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(ours, key, { value: original[key], configurable: true });
  }
  try {
    owner[name] = ours;
  } catch {
    return () => {};
  }
  return () => {
    active = false;
    if (owner[name] !== ours) return;
    if (own) Object.defineProperty(owner, name, own);
    else delete (owner as Partial<typeof owner>)[name];
  };
}
