// Reads objects of the DOM although the page hides their properties. A form or a document has a property for each named
// element in it, which takes the place of a built-in one: https://html.spec.whatwg.org/#dom-document-nameditem

import { bare, original } from './natives.ts';

const { getOwnPropertyDescriptor, getPrototypeOf, prototype } = Object;
const hasOwn = prototype.hasOwnProperty;

/** `node[name]` as the interface defines it. */
export function read<Node extends object, Name extends keyof Node>(
  node: Node,
  name: Name,
): Node[Name] {
  const value = node[name];
  // What hides a property is an element or a list of elements.
  const isHidden = Object(value) === value && hasOwn.call(node, name);
  const found = isHidden ? builtIn(node, name) : undefined;
  return found === undefined ? value : found;
}

function builtIn<Node extends object, Name extends keyof Node>(
  node: Node,
  name: Name,
): Node[Name] | undefined {
  for (let at = getPrototypeOf(node); at; at = getPrototypeOf(at)) {
    const found = getOwnPropertyDescriptor(at, name);
    if (found) return hasOwn.call(found, 'get') ? found.get?.call(node) : found.value;
  }
  return undefined;
}

type MethodOf<Node, Name extends keyof Node> = Node[Name] extends (
  ...args: infer Args
) => infer Answer
  ? (...args: Args) => Answer
  : never;

/** Calls the method `name` of `node`. */
export function call<Node extends object, Name extends keyof Node>(
  node: Node,
  name: Name,
  ...args: Parameters<MethodOf<Node, Name>>
): ReturnType<MethodOf<Node, Name>> {
  return (read(node, name) as (...args: unknown[]) => never).apply(node, args);
}

/** Whether `value` is an element, also one of another document's window. */
export function isElement(value: unknown): value is Element {
  return Object(value) === value && read(value as Node, 'nodeType') === 1;
}

type Listen = 'addEventListener' | 'removeEventListener';

function change(
  method: Listen,
  target: EventTarget,
  type: string,
  listener: EventListener,
  more: object,
): void {
  const own = original(target, method);
  const call = own === target[method] ? read(target, method) : own;
  Reflect.apply(call, target, [type, listener, bare(more)]);
}

/** `target.addEventListener`. */
export function listen<Type extends Event>(
  target: EventTarget,
  type: string,
  listener: (event: Type) => void,
  options: AddEventListenerOptions = {},
): void {
  change('addEventListener', target, type, listener as EventListener, options);
}

/** `target.removeEventListener`. */
export function unlisten<Type extends Event>(
  target: EventTarget,
  type: string,
  listener: (event: Type) => void,
  options: EventListenerOptions = {},
): void {
  change('removeEventListener', target, type, listener as EventListener, options);
}
