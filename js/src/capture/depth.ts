// How far down the document was seen. Asked of an IntersectionObserver, which knows after the next layout:
// scrollY and scrollHeight would make the browser lay out the page at once.

/** So many elements at the document's end may be none to see, such as scripts. */
const LAST = 8;

/**
 * Hands on, each time it was asked, the percent of the document's height that the bottom of the viewport has reached; and
 * whether nothing lies above the viewport, as where a document is not scrolled or fits in.
 */
export function watchDepth(heed: (percent: number, atTop: boolean) => void): {
  ask(): void;
  end(): void;
} {
  /** Not before it is needed: the first one of a page takes it a tenth of a millisecond. */
  let observer: IntersectionObserver | undefined;
  let asked = false;
  const answer = (entries: readonly IntersectionObserverEntry[]) => {
    asked = false;
    observer?.disconnect();
    const page = entries.find(({ target }) => target === document.documentElement);
    if (!page?.rootBounds || page.boundingClientRect.height === 0) return;
    const { top, height } = page.boundingClientRect;
    // What is fixed may lie anywhere.
    const parts = height > page.rootBounds.height ? [page] : entries;
    const bottom = Math.max(...parts.map(({ boundingClientRect }) => boundingClientRect.bottom));
    const seen = (page.rootBounds.bottom - top) / (bottom - top);
    heed(Math.min(100, Math.max(0, Math.round(seen * 100))), top >= page.rootBounds.top);
  };
  return {
    ask() {
      if (asked || typeof IntersectionObserver === 'undefined') return;
      asked = true;
      observer ??= new IntersectionObserver(answer);
      const { documentElement, body } = document;
      observer.observe(documentElement);
      // The root itself may be no higher than the viewport (`html { height: 100% }`), nor the body: their last elements are.
      if (body) observer.observe(body);
      let last = body?.lastElementChild;
      for (let n = 0; last && n < LAST; n++) {
        observer.observe(last);
        last = last.previousElementSibling;
      }
    },
    end: () => observer?.disconnect(),
  };
}
