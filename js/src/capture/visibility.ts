import type { Capture, OwnSink } from '../types.ts';
import { dataOf, selectorOf } from './element.ts';
import { listening } from './listening.ts';
import { quietly } from './quietly.ts';

export interface VisibilityOptions {
  /**
   * How much of an element has to be visible, 0 to 1: of all of it, or, where it is larger than the viewport, of
   * what fits in. Default 0.5.
   */
  visibleShare?: number;
  /** For how long without a break, milliseconds. Default 1,000. */
  visibleMs?: number;
}

const ATTRIBUTE = 'data-track-view';
const MARKED = `[${ATTRIBUTE}]`;

/** Records `element_view` of elements with `data-track-view`, once a view each. */
export function visibility({
  visibleShare = 0.5,
  visibleMs = 1_000,
}: VisibilityOptions = {}): Capture {
  return {
    name: 'visibility',
    start: (sink) => startVisibility(sink, visibleShare, visibleMs),
  };
}

function startVisibility(sink: OwnSink, visibleShare: number, visibleMs: number): () => void {
  if (typeof IntersectionObserver === 'undefined') return () => {};
  const events = listening();
  /** Those that are visible, each with the timer that will record it. */
  const visible = new Map<Element, ReturnType<typeof setTimeout>>();
  let recorded = new WeakSet<Element>();

  const hide = (element: Element) => {
    clearTimeout(visible.get(element));
    visible.delete(element);
  };
  const record = (element: Element) => {
    hide(element);
    observer.unobserve(element);
    recorded.add(element);
    sink.track({
      ...dataOf(element),
      event: 'element_view',
      element: selectorOf(element),
      view_name: element.getAttribute(ATTRIBUTE) ?? '',
    });
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const { target } = entry;
        if (!isVisible(entry, visibleShare)) hide(target);
        else if (!visible.has(target)) {
          visible.set(
            target,
            setTimeout(quietly, visibleMs, () => record(target)),
          );
        }
      }
    },
    // Of an element of many viewports a small part is much.
    { threshold: Array.from({ length: 101 }, (_, percent) => percent / 100) },
  );
  const search = (root: Element | Document) => {
    // Nobody sees a hidden page, whatever its observer says.
    if (document.visibilityState !== 'visible') return;
    for (const element of [root, ...root.querySelectorAll(MARKED)]) {
      if (element instanceof Element && element.matches(MARKED) && !recorded.has(element)) {
        observer.observe(element);
      }
    }
  };
  const end = () => {
    observer.disconnect();
    for (const element of visible.keys()) hide(element);
  };
  const begin = () => {
    end();
    search(document);
  };
  const added: Node[] = [];
  let cancel: (() => void) | undefined;
  const additions = new MutationObserver((changes) => {
    const nodes = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    if (nodes.length > 0 && added.push(...nodes) === nodes.length) {
      cancel = sink.whenIdle(() => {
        for (const node of added.splice(0)) if (node instanceof Element) search(node);
      });
    }
  });

  begin();
  additions.observe(document, { childList: true, subtree: true });
  events.on(document, 'visibilitychange', begin);
  const stopViews = sink.on('view', () => {
    recorded = new WeakSet();
    begin();
  });
  return () => {
    stopViews();
    events.end();
    additions.disconnect();
    cancel?.();
    end();
  };
}

// Whether so much of it can be seen, or of what can be seen of it at once.
function isVisible(
  { isIntersecting, intersectionRect, boundingClientRect, rootBounds }: IntersectionObserverEntry,
  share: number,
): boolean {
  // The viewport is not told within another origin's page.
  const { width, height } = rootBounds ?? boundingClientRect;
  const most =
    Math.min(width, boundingClientRect.width) * Math.min(height, boundingClientRect.height);
  return isIntersecting && intersectionRect.width * intersectionRect.height >= share * most;
}
