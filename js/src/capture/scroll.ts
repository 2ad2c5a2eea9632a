import { bare } from '../natives.ts';
import type { Capture, OwnSink } from '../types.ts';
import { watchDepth } from './depth.ts';
import { listening } from './listening.ts';

export interface ScrollOptions {
  /** Depths to record, in percent of the document's height. Default: 25, 50, 75, 90 and 100. */
  depths?: readonly number[];
}

/** Records `scroll_depth` once the document is scrolled. Elements that scroll within the document do not count. */
export function scroll(options: ScrollOptions = {}): Capture {
  const { depths = [25, 50, 75, 90, 100] } = bare(options);
  return {
    name: 'scroll',
    start(sink: OwnSink) {
      const events = listening();
      let deepest = 0;
      const depth = watchDepth((percent, atTop) => {
        // The document is not scrolled, or an application has scrolled back to the top for its next view.
        if (atTop) return;
        for (const scroll_percent of depths) {
          if (scroll_percent > deepest && scroll_percent <= percent) {
            sink.track({ event: 'scroll_depth', scroll_percent });
          }
        }
        deepest = Math.max(deepest, percent);
      });
      events.on(document, 'scroll', depth.measure);
      // The browser may have scrolled before: to the old position, or to a fragment.
      depth.measure();
      const stopViews = sink.on('view', () => {
        deepest = 0;
      });
      return () => {
        events.end();
        depth.end();
        stopViews();
      };
    },
  };
}
