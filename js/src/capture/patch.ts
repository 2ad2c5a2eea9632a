import { bare } from '../natives.ts';

/**
 * Replaces `owner[name]` by `wrap(original)`. The returned function restores it. If somebody has wrapped it again
 * meanwhile, their wrapper stays, and ours only passes calls on to the original.
 */
export function patch<Name extends string, Original extends (...args: never[]) => unknown>(
  owner: { [key in Name]: Original },
  name: Name,
  wrap: (original: Original) => Original,
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const original = owner[name];
  if (typeof original !== 'function') return () => {};
  let current = wrap(original);
  // A proxy keeps the original's name, length and properties, and is a constructor only if the original is one.
  const proxy = new Proxy(original, {
    apply: (_, self, args) => Reflect.apply(current, self, args),
  });
  // Unlike an assignment, this does not throw if the property is read-only.
  Reflect.set(owner, name, proxy);
  return () => {
    current = original;
    if (owner[name] !== proxy) return;
    if (descriptor) Reflect.defineProperty(owner, name, bare(descriptor));
    else Reflect.deleteProperty(owner, name);
  };
}
