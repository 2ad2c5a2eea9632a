// How far down the document was seen. Asked of an IntersectionObserver, which knows after the next layout:
// scrollY and scrollHeight would make the browser lay out the page at once.

import type { Listening } from './listening.ts';

/** Hands on the percent of the document's height that the bottom of the viewport has reached, after each scroll. */
export function watchDepth(listening: Listening, heed: (percent: number) => void): () => void {
  if (typeof IntersectionObserver === 'undefined') return () => {};
  let asked = false;
  const observer = new IntersectionObserver((entries) => {
    asked = false;
    observer.disconnect();
    const entry = entries.at(-1);
    if (!entry?.rootBounds || entry.boundingClientRect.height === 0) return;
    const { boundingClientRect: document, rootBounds: viewport } = entry;
    const seen = (viewport.bottom - document.top) / document.height;
    heed(Math.min(100, Math.max(0, Math.round(seen * 100))));
  });
  const ask = () => {
    if (asked) return;
    asked = true;
    observer.observe(document.documentElement);
  };
  listening.on(document, 'scroll', ask);
  ask();
  return () => observer.disconnect();
}
