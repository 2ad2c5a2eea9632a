// Describes elements for plug-ins: a short selector, the text, the data-track-* attributes. Nothing here forces the
// browser to compute style or layout, and nothing reads what a visitor has filled in.

import { call, isElement, read } from '../dom.ts';
import { cut } from '../text.ts';

/** The element at which an event started, also inside open shadow roots. */
export function targetOf(event: Event): Element | undefined {
  let target = event.target as Node | null;
  // Ask for the path only at a shadow host: it costs the browser an object for each element on it.
  if (isElement(target) && read(target, 'shadowRoot')) target = event.composedPath()[0] as Node;
  if (isElement(target)) return target;
  return target?.parentElement ?? undefined;
}

/** The parent in the flat tree, as the visitor sees it: the slot of a slotted element, the host of a shadow root. */
function parentOf(element: Element): Element | undefined {
  const slot = read(element, 'assignedSlot');
  if (slot) return slot;
  const parent = read(element, 'parentNode');
  return isElement(parent) ? parent : hostOf(parent);
}

/** The host of a shadow root; undefined if `node` is something else. */
export function hostOf(node: Node | null): Element | undefined {
  // A document has no host. An element in it may have that name.
  return node?.nodeType === FRAGMENT ? (node as Partial<ShadowRoot>).host : undefined;
}

/** `Node.DOCUMENT_FRAGMENT_NODE`, also the type of a shadow root. */
const FRAGMENT = 11;
const MAX_ANCESTORS = 500;

/** The closest of `element` and its ancestors that `matches`; undefined if none does. Crosses shadow roots. */
export function nearest(
  element: Element,
  matches: (element: Element) => boolean,
): Element | undefined {
  let at: Element | undefined = element;
  for (let levels = 0; at && levels < MAX_ANCESTORS; levels++) {
    if (matches(at)) return at;
    at = parentOf(at);
  }
  return undefined;
}

/** Like `Element.closest`, but crosses shadow roots. */
export function closest(element: Element, selector: string): Element | undefined {
  return nearest(element, (one) => call(one, 'matches', selector));
}

const SELECTOR_LEVELS = 4;
/** Names with a counter or a hash, which a program generates and which differ at the next visit. */
const UNSTABLE = /\d{3}|[0-9a-f]{6}|^[:_]|:|--?\w*\d\w*$/i;

/**
 * A short selector that is the same at every visit: it ends at the closest id, or after four levels. `>>` marks the
 * border of a shadow root.
 */
export function selectorOf(element: Element): string {
  const parts: string[] = [];
  for (
    let at: Element | null = element;
    at && parts.length < SELECTOR_LEVELS;
    at = read(at, 'parentElement')
  ) {
    const part = partOf(at);
    parts.unshift(part);
    const isUnique = part.startsWith('#');
    if (isUnique || !read(at, 'parentElement')) {
      // An id is unique only within its shadow root.
      const host = hostOf(call(at, 'getRootNode'));
      if (host) return `${selectorOf(host)} >> ${parts.join(' > ')}`;
    }
    if (isUnique) break;
  }
  return parts.join(' > ');
}

function partOf(element: Element): string {
  const id = read(element, 'id');
  const localName = read(element, 'localName');
  if (id !== '' && isStable(id, 100)) return `#${id}`;
  const name = call(element, 'getAttribute', 'name');
  if (name) return `${localName}[name="${cut(name, 40)}"]`;
  // Cut the text first: a style library may write thousands of classes, and `classList` would read all.
  const classes = (call(element, 'getAttribute', 'class') ?? '').slice(0, 500).split(/\s+/);
  const stable = classes.filter((one) => one !== '' && isStable(one, 29));
  return [localName, ...stable.slice(0, 2)].join('.');
}

const isStable = (name: string, length: number) => name.length <= length && !UNSTABLE.test(name);

const MAX_TEXT_LENGTH = 100;
const MAX_NODES = 200;
const MASKED = '[data-track-mask]';
/** Elements whose text may reveal what a visitor has chosen or written. */
const PRIVATE = `[contenteditable],[role=option],[role$=radio],[role$=checkbox],[role=switch],[role=textbox],[role=combobox],${MASKED}`;
/** `NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT`, `FILTER_ACCEPT` and `FILTER_REJECT`. */
const TEXTS_AND_ELEMENTS = 5;
const ACCEPT = 1;
const REJECT = 2;
/** Elements without a text, or with one that must not be recorded. */
const NO_TEXT = `input,textarea,select,script,style,noscript,template,${PRIVATE}`;

/** Whether the page has masked the element: neither its text nor its address may be recorded. */
export function isMasked(element: Element): boolean {
  return closest(element, MASKED) !== undefined;
}

/** Most characters of a text that are read. */
const MAX_READ = 1_000;

/** The element's label or text, at most 100 characters; '' if it has none or must not be recorded. */
export function textOf(element: Element): string {
  if (closest(element, PRIVATE)) return '';
  const label = call(element, 'getAttribute', 'aria-label');
  if (label) return shortened(label);
  if (call(element, 'matches', NO_TEXT)) return '';
  const walker = call(document, 'createTreeWalker', element, TEXTS_AND_ELEMENTS, (node: Node) =>
    (isElement(node) && call(node, 'matches', NO_TEXT)) ||
    assignedTo(read(node, 'parentNode')).length > 0
      ? REJECT
      : ACCEPT,
  );
  let text = '';
  for (
    let nodes = 0;
    nodes < MAX_NODES && text.length < 2 * MAX_TEXT_LENGTH && walker.nextNode();
    nodes++
  ) {
    const { currentNode } = walker;
    text += isElement(currentNode) ? ' ' : startOf(currentNode);
    for (const node of assignedTo(currentNode).slice(0, MAX_NODES)) {
      text += isElement(node) ? textOf(node) : startOf(node);
    }
  }
  return shortened(text);
}

// The nodes that a slot shows instead of its own content.
function assignedTo(node: Node | null): Node[] {
  return isElement(node) && read(node, 'localName') === 'slot'
    ? ((node as Partial<HTMLSlotElement>).assignedNodes?.({ flatten: true }) ?? [])
    : [];
}

// A text may be much longer than what is recorded of it.
function startOf({ nodeValue }: Node): string {
  return (nodeValue ?? '').slice(0, MAX_READ);
}

function shortened(text: string): string {
  const plain = text.slice(0, MAX_READ).replace(/\s+/g, ' ').trim();
  return plain.length > MAX_TEXT_LENGTH ? `${cut(plain, MAX_TEXT_LENGTH - 1)}…` : plain;
}

/** Attributes that become fields. Excludes instructions to plug-ins, and the names of fields that every event has. */
const FIELD =
  /^data-track-(?!(?:view|mask|ignore|ts|seq|page.url|view.seq|(?:visitor|session|user).id)$)(.+)/;

/** Whether any `data-track-*` attribute of the element becomes a field. */
export function isMarked(element: Element): boolean {
  return call(element, 'getAttributeNames').some((name) => FIELD.test(name));
}

/** The element's `data-track-*` attributes as fields: `data-track-product-id` becomes `product_id`. */
export function dataOf(element: Element): Record<string, string> {
  // Without a prototype: an attribute may be named `data-track---proto--`.
  const fields: Record<string, string> = Object.create(null);
  for (const name of call(element, 'getAttributeNames')) {
    const field = FIELD.exec(name)?.[1];
    if (field) fields[field.replaceAll('-', '_')] = call(element, 'getAttribute', name) ?? '';
  }
  return fields;
}
