// Measures how far down the document was seen. It uses an IntersectionObserver, which reports after the next layout:
// reading scrollY and scrollHeight would force a layout.

import { read } from '../dom.ts';
import { original } from '../natives.ts';

/** Number of elements at the document's end to observe: the last ones may be invisible, such as scripts. */
const LAST_ELEMENTS = 8;

/**
 * Calls `listener` after each `measure()`. `percent`: how much of the document's height lies above the bottom of the
 * viewport. `atTop`: nothing lies above the viewport, because the document is not scrolled or fits in.
 */
export function watchDepth(listener: (percent: number, atTop: boolean) => void): {
  measure(): void;
  end(): void;
} {
  /** Created when it is first needed: the first one in a page costs a tenth of a millisecond. */
  let observer: IntersectionObserver | undefined;
  let isMeasuring = false;
  const onEntries = (entries: readonly IntersectionObserverEntry[]) => {
    isMeasuring = false;
    observer?.disconnect();
    const page = entries.find(({ target }) => target === read(document, 'documentElement'));
    if (!page?.rootBounds || page.boundingClientRect.height === 0) return;
    const { top, height } = page.boundingClientRect;
    // A root higher than the viewport is measured alone: other elements may be fixed, and so lie anywhere.
    const parts = height > page.rootBounds.height ? [page] : entries;
    const bottom = Math.max(...parts.map(({ boundingClientRect }) => boundingClientRect.bottom));
    const seen = (page.rootBounds.bottom - top) / (bottom - top);
    listener(Math.min(100, Math.max(0, Math.round(seen * 100))), top >= page.rootBounds.top);
  };
  return {
    measure() {
      if (isMeasuring || !globalThis.IntersectionObserver) return;
      isMeasuring = true;
      observer ??= new (original(globalThis, 'IntersectionObserver'))(onEntries);
      observer.observe(read(document, 'documentElement'));
      const body = read(document, 'body');
      // Root and body may be only as high as the viewport (`html { height: 100% }`): also observe the last elements.
      if (body) observer.observe(body);
      let last = body?.lastElementChild;
      for (let n = 0; last && n < LAST_ELEMENTS; n++) {
        observer.observe(last);
        last = last.previousElementSibling;
      }
    },
    end: () => observer?.disconnect(),
  };
}
