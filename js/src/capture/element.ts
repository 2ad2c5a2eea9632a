// What plug-ins say of an element: a short selector, its text, its data-track-* attributes. Nothing in here
// makes the browser compute style or layout, and nothing reads what a visitor has filled in.

/** The element that an event began at, also inside of open shadow roots. */
export function targetOf(event: Event): Element | undefined {
  const [target] = event.composedPath();
  if (target instanceof Element) return target;
  return target instanceof Node ? (target.parentElement ?? undefined) : undefined;
}

/** The element, or the next one around it, that matches; shadow roots are looked out of. */
export function closest(element: Element, selector: string): Element | undefined {
  const found = element.closest(selector);
  if (found) return found;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? closest(root.host, selector) : undefined;
}

const LEVELS = 4;
/** Names that a program has counted or hashed are others at the next visit. */
const UNSTABLE = /\d{3}|[0-9a-f]{6}|^[:_]|:|--?\w*\d\w*$/i;

/**
 * A selector that is short and the same from visit to visit: up to the next id, or four levels. A `>>` stands
 * where a shadow root begins.
 */
export function selectorOf(element: Element): string {
  const parts: string[] = [];
  for (let at: Element | null = element; at && parts.length < LEVELS; at = at.parentElement) {
    const part = partOf(at);
    parts.unshift(part);
    const isUnique = part.startsWith('#');
    const root: Node = at.getRootNode();
    // An id is unique only within its shadow root.
    if ((isUnique || !at.parentElement) && root instanceof ShadowRoot) {
      return `${selectorOf(root.host)} >> ${parts.join(' > ')}`;
    }
    if (isUnique) break;
  }
  return parts.join(' > ');
}

function partOf(element: Element): string {
  const { id, localName, classList } = element;
  if (typeof id === 'string' && id !== '' && !UNSTABLE.test(id)) return `#${id}`;
  const name = element.getAttribute('name');
  if (name) return `${localName}[name="${name.slice(0, 40)}"]`;
  const classes = [...classList].filter((one) => !UNSTABLE.test(one) && one.length < 30);
  return [localName, ...classes.slice(0, 2)].join('.');
}

const TEXT_LENGTH = 100;
const NODES = 200;
/** What a visitor fills in, what nobody reads, and what the page wants to be left out. */
const SILENT =
  'input,textarea,select,script,style,noscript,template,[contenteditable],[data-track-mask]';

/** The element's label or text, at most 100 characters; '' for none. */
export function textOf(element: Element): string {
  // Within an editor everything may be the visitor's.
  if (closest(element, '[data-track-mask],[contenteditable]')) return '';
  const label = element.getAttribute('aria-label');
  if (label) return shortened(label);
  if (element.matches(SILENT)) return '';
  const walker = document.createTreeWalker(
    element,
    NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT,
    (node) =>
      node instanceof Element && node.matches(SILENT)
        ? NodeFilter.FILTER_REJECT
        : NodeFilter.FILTER_ACCEPT,
  );
  let text = '';
  for (
    let nodes = 0;
    nodes < NODES && text.length < 2 * TEXT_LENGTH && walker.nextNode();
    nodes++
  ) {
    const { currentNode } = walker;
    text += currentNode instanceof Text ? currentNode.data : ' ';
  }
  return shortened(text);
}

function shortened(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  return plain.length > TEXT_LENGTH ? `${plain.slice(0, TEXT_LENGTH - 1)}…` : plain;
}

/** An attribute that is a field: none that asks a plug-in for something, and no name that every event has. */
const FIELD =
  /^data-track-(?!(?:view|mask|ignore|ts|seq|page.url|view.seq|(?:visitor|session|user).id)$)(.+)/;

/** Whether any of its `data-track-*` attributes is a field. */
export function isMarked(element: Element): boolean {
  return element.getAttributeNames().some((name) => FIELD.test(name));
}

/** The element's `data-track-*` attributes as fields: `data-track-product-id` is `product_id`. */
export function dataOf(element: Element): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { name, value } of element.attributes) {
    const field = FIELD.exec(name)?.[1];
    if (field) fields[field.replaceAll('-', '_')] = value;
  }
  return fields;
}
