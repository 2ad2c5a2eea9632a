// How far down the document was seen. Asked of an IntersectionObserver, which knows after the next layout:
// scrollY and scrollHeight would make the browser lay out the page at once.

import type { Listening } from './listening.ts';

/**
 * Hands on the percent of the document's height that the bottom of the viewport has reached, after each
 * scroll and when asked; and whether nothing lies above the viewport, as where a document is not scrolled or fits in.
 */
export function watchDepth(
  listening: Listening,
  heed: (percent: number, atTop: boolean) => void,
): { ask(): void; end(): void } {
  if (typeof IntersectionObserver === 'undefined') return { ask() {}, end() {} };
  let asked = false;
  const observer = new IntersectionObserver((entries) => {
    asked = false;
    observer.disconnect();
    const entry = entries.at(-1);
    if (!entry?.rootBounds || entry.boundingClientRect.height === 0) return;
    const { boundingClientRect: page, rootBounds: viewport, target } = entry;
    // The root itself may be no higher than the viewport (`html { height: 100% }`). Layout is just done, so asking for
    // the height of all that is in it costs none.
    const seen = (viewport.bottom - page.top) / target.scrollHeight;
    heed(Math.min(100, Math.max(0, Math.round(seen * 100))), page.top >= viewport.top);
  });
  const ask = () => {
    if (asked) return;
    asked = true;
    observer.observe(document.documentElement);
  };
  listening.on(document, 'scroll', ask);
  return { ask, end: () => observer.disconnect() };
}
