// Describes elements for plug-ins: a short selector, the text, the data-track-* attributes. Nothing here forces the
// browser to compute style or layout, and nothing reads what a visitor has filled in.

/** The element at which an event started, also inside open shadow roots. */
export function targetOf(event: Event): Element | undefined {
  let { target } = event;
  // Ask for the path only at a shadow host: it costs the browser an object for each element on it.
  if ((target as Partial<Element> | null)?.shadowRoot) [target = null] = event.composedPath();
  if (target instanceof Element) return target;
  return target instanceof Node ? (target.parentElement ?? undefined) : undefined;
}

/** The parent in the flat tree, as the visitor sees it: the slot of a slotted element, the host of a shadow root. */
function parentOf({ assignedSlot, parentNode }: Element): Element | undefined {
  const { host } = (parentNode ?? {}) as Partial<ShadowRoot>;
  return assignedSlot ?? (parentNode instanceof Element ? parentNode : host);
}

const MAX_ANCESTORS = 500;

/** The closest of `element` and its ancestors that `matches`; undefined if none does. Crosses shadow roots. */
export function nearest(
  element: Element,
  matches: (element: Element) => boolean,
): Element | undefined {
  let at: Element | undefined = element;
  // A form may contain a field with the name `parentNode`, which would make the walk endless.
  for (let levels = 0; at && levels < MAX_ANCESTORS; levels++) {
    if (matches(at)) return at;
    at = parentOf(at);
  }
  return undefined;
}

/** Like `Element.closest`, but crosses shadow roots. */
export function closest(element: Element, selector: string): Element | undefined {
  return nearest(element, (one) => one.matches(selector));
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
    at = at.parentElement
  ) {
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

const MAX_TEXT_LENGTH = 100;
const MAX_NODES = 200;
const MASKED = '[data-track-mask]';
/** Elements whose text may reveal what a visitor has chosen or written. */
const PRIVATE = `[contenteditable],[role=option],[role$=radio],[role$=checkbox],[role=switch],[role=textbox],[role=combobox],${MASKED}`;
/** Elements without a text, or with one that must not be recorded. */
const NO_TEXT = `input,textarea,select,script,style,noscript,template,${PRIVATE}`;

/** Whether the page has masked the element: neither its text nor its address may be recorded. */
export function isMasked(element: Element): boolean {
  return closest(element, MASKED) !== undefined;
}

/** The element's label or text, at most 100 characters; '' if it has none or must not be recorded. */
export function textOf(element: Element): string {
  if (closest(element, PRIVATE)) return '';
  const label = element.getAttribute('aria-label');
  if (label) return shortened(label);
  if (element.matches(NO_TEXT)) return '';
  const walker = document.createTreeWalker(
    element,
    NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT,
    (node) =>
      (node instanceof Element && node.matches(NO_TEXT)) || assignedTo(node.parentNode).length > 0
        ? NodeFilter.FILTER_REJECT
        : NodeFilter.FILTER_ACCEPT,
  );
  let text = '';
  for (
    let nodes = 0;
    nodes < MAX_NODES && text.length < 2 * MAX_TEXT_LENGTH && walker.nextNode();
    nodes++
  ) {
    const { currentNode } = walker;
    text += currentNode instanceof Text ? currentNode.data : ' ';
    for (const node of assignedTo(currentNode).slice(0, MAX_NODES)) {
      text += node instanceof Element ? textOf(node) : (node.nodeValue ?? '');
    }
  }
  return shortened(text);
}

// The nodes that a slot shows instead of its own content.
function assignedTo(node: Node | null): Node[] {
  return node instanceof HTMLSlotElement ? node.assignedNodes({ flatten: true }) : [];
}

function shortened(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  return plain.length > MAX_TEXT_LENGTH ? `${plain.slice(0, MAX_TEXT_LENGTH - 1)}…` : plain;
}

/** Attributes that become fields. Excludes instructions to plug-ins, and the names of fields that every event has. */
const FIELD =
  /^data-track-(?!(?:view|mask|ignore|ts|seq|page.url|view.seq|(?:visitor|session|user).id)$)(.+)/;

/** Whether any `data-track-*` attribute of the element becomes a field. */
export function isMarked(element: Element): boolean {
  return element.getAttributeNames().some((name) => FIELD.test(name));
}

/** The element's `data-track-*` attributes as fields: `data-track-product-id` becomes `product_id`. */
export function dataOf(element: Element): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { name, value } of element.attributes) {
    const field = FIELD.exec(name)?.[1];
    if (field) fields[field.replaceAll('-', '_')] = value;
  }
  return fields;
}
