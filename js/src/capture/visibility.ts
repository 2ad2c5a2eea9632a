import { call, isElement, read } from '../dom.ts';
import { ignoreErrors } from '../ignore_errors.ts';
import { bare, clearTimeout, Map, original, setTimeout, WeakSet } from '../natives.ts';
import { cut } from '../text.ts';
import type { Capture, OwnSink } from '../types.ts';
import { dataOf, selectorOf } from './element.ts';
import { listening } from './listening.ts';

export interface VisibilityOptions {
  /**
   * Share of an element that must be visible, 0 to 1. For an element larger than the viewport: share of the part that
   * fits into the viewport. Default 0.5.
   */
  visibleShare?: number;
  /** How long it must be visible without a break, in milliseconds. Default 1,000. */
  visibleMs?: number;
}

const ATTRIBUTE = 'data-track-view';
const MARKED = `[${ATTRIBUTE}]`;

/** Records `element_view` for each element with `data-track-view`, once per view. */
export function visibility(options: VisibilityOptions = {}): Capture {
  const { visibleShare = 0.5, visibleMs = 1_000 } = bare(options);
  return {
    name: 'visibility',
    start: (sink) => startVisibility(sink, visibleShare, visibleMs),
  };
}

function startVisibility(sink: OwnSink, visibleShare: number, visibleMs: number): () => void {
  if (!globalThis.IntersectionObserver) return () => {};
  const events = listening();
  let recorded = new WeakSet<Element>();
  const record = (element: Element) => {
    observer.unobserve(element);
    recorded.add(element);
    sink.track({
      ...dataOf(element),
      event: 'element_view',
      element: selectorOf(element),
      view_name: cut(call(element, 'getAttribute', ATTRIBUTE) ?? '', 200),
    });
  };
  const timers = visibleTimers(visibleMs, record);
  const observer = new (original(globalThis, 'IntersectionObserver'))(
    (entries) => {
      for (const entry of entries) timers.set(entry.target, isVisible(entry, visibleShare));
    },
    // Small steps: for an element many times as high as the viewport, even one percent is much.
    bare({ threshold: percentSteps() }),
  );
  const search = (root: Element | Document) => {
    // In a hidden page the observer may still report elements as visible.
    if (read(document, 'visibilityState') !== 'visible') return;
    for (const element of [root, ...call(root, 'querySelectorAll', MARKED)]) {
      if (isElement(element) && call(element, 'matches', MARKED) && !recorded.has(element)) {
        observer.observe(element);
      }
    }
  };
  const end = () => {
    observer.disconnect();
    timers.end();
  };
  const restart = () => {
    end();
    search(document);
  };

  restart();
  const stopAdditions = watchAdditions(sink, search);
  events.on(document, 'visibilitychange', restart);
  const stopViews = sink.on('view', () => {
    recorded = new WeakSet();
    restart();
  });
  return () => {
    stopViews();
    events.end();
    stopAdditions();
    end();
  };
}

// Calls `record` for each element that stays visible for `visibleMs`.
function visibleTimers(visibleMs: number, record: (element: Element) => void) {
  const timers = new Map<Element, ReturnType<typeof setTimeout>>();
  const stop = (element: Element) => {
    clearTimeout(timers.get(element));
    timers.delete(element);
  };
  const start = (element: Element) =>
    setTimeout(ignoreErrors, visibleMs, () => {
      stop(element);
      record(element);
    });
  return {
    set(element: Element, isVisible: boolean) {
      if (!isVisible) stop(element);
      else if (!timers.has(element)) timers.set(element, start(element));
    },
    end() {
      for (const element of timers.keys()) stop(element);
    },
  };
}

// Passes elements that were added to the document to `search`, when the browser is idle.
function watchAdditions(sink: OwnSink, search: (element: Element) => void): () => void {
  const added: Node[] = [];
  let cancel: (() => void) | undefined;
  const additions = new (original(globalThis, 'MutationObserver'))((changes) => {
    const nodes = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    if (nodes.length > 0 && added.push(...nodes) === nodes.length) {
      cancel = sink.whenIdle(() => {
        for (const node of added.splice(0)) if (isElement(node)) search(node);
      });
    }
  });
  additions.observe(document, { childList: true, subtree: true });
  return () => {
    additions.disconnect();
    cancel?.();
  };
}

// 0, 0.01, … 1.
function percentSteps(): number[] {
  const steps: number[] = [];
  for (let percent = 0; percent <= 100; percent++) steps.push(percent / 100);
  return steps;
}

// Whether the visible part is at least `share` of the element, or of the part that fits into the viewport.
function isVisible(
  { isIntersecting, intersectionRect, boundingClientRect, rootBounds }: IntersectionObserverEntry,
  share: number,
): boolean {
  // `rootBounds` is null inside a page of another origin.
  const { width, height } = rootBounds ?? boundingClientRect;
  const maxArea =
    Math.min(width, boundingClientRect.width) * Math.min(height, boundingClientRect.height);
  return isIntersecting && intersectionRect.width * intersectionRect.height >= share * maxArea;
}
