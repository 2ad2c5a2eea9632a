// What plug-ins say of an element: a short selector, its text, its data-track-* attributes. Nothing in here
// makes the browser compute style or layout, and nothing reads what a visitor has filled in.

/** The element that an event began at, also inside of open shadow roots. */
export function targetOf(event: Event): Element | undefined {
  let { target } = event;
  // Only then: a path has an object made for each element on it.
  if ((target as Partial<Element> | null)?.shadowRoot) [target = null] = event.composedPath();
  if (target instanceof Element) return target;
  return target instanceof Node ? (target.parentElement ?? undefined) : undefined;
}

/** What is around an element as the visitor sees it: of one in a slot that slot, of a shadow root its host. */
function around({ assignedSlot, parentNode }: Element): Element | undefined {
  const { host } = (parentNode ?? {}) as Partial<ShadowRoot>;
  return assignedSlot ?? (parentNode instanceof Element ? parentNode : host);
}

const MOST_LEVELS = 500;

/** The element, or the next one around it, that `fits`; shadow roots are looked out of. */
export function nearest(
  element: Element,
  fits: (element: Element) => boolean,
): Element | undefined {
  let at: Element | undefined = element;
  // A form may have a field by the name of `parentNode`: then the way leads round for ever.
  for (let levels = 0; at && levels < MOST_LEVELS; levels++) {
    if (fits(at)) return at;
    at = around(at);
  }
  return undefined;
}

/** The same by a selector. */
export function closest(element: Element, selector: string): Element | undefined {
  return nearest(element, (one) => one.matches(selector));
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
    if (isUnique || !at.parentElement) {
      const root = at.getRootNode();
      // An id is unique only within its shadow root.
      if (root instanceof ShadowRoot) return `${selectorOf(root.host)} >> ${parts.join(' > ')}`;
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
const MASKED = '[data-track-mask]';
/** Where everything may be the visitor's, what is chosen as well as what is written. */
const PRIVATE = `[contenteditable],[role=option],[role$=radio],[role$=checkbox],[role=switch],[role=textbox],[role=combobox],${MASKED}`;
/** What has no text, or none for others. */
const SILENT = `input,textarea,select,script,style,noscript,template,${PRIVATE}`;

/** Whether the page wants nothing of it to be recorded but that it is there. */
export function isMasked(element: Element): boolean {
  return closest(element, MASKED) !== undefined;
}

/** The element's label or text, at most 100 characters; '' for none. */
export function textOf(element: Element): string {
  if (closest(element, PRIVATE)) return '';
  const label = element.getAttribute('aria-label');
  if (label) return shortened(label);
  if (element.matches(SILENT)) return '';
  const walker = document.createTreeWalker(
    element,
    NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT,
    (node) =>
      (node instanceof Element && node.matches(SILENT)) || assignedTo(node.parentNode).length > 0
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
    for (const node of assignedTo(currentNode).slice(0, NODES)) {
      text += node instanceof Element ? textOf(node) : (node.nodeValue ?? '');
    }
  }
  return shortened(text);
}

// What is put into a slot, in place of what is in it.
function assignedTo(node: Node | null): Node[] {
  return node instanceof HTMLSlotElement ? node.assignedNodes({ flatten: true }) : [];
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
