import type { Capture } from '../types.ts';
import { watchDepth } from './depth.ts';
import { listening } from './listening.ts';

export interface ScrollOptions {
  /** Depths to record, in percent of the document's height. Default 25, 50, 75, 90 and 100. */
  depths?: readonly number[];
}

/** Records `scroll_depth`, of the document alone; of one that has not been scrolled nothing. */
export function scroll({ depths = [25, 50, 75, 90, 100] }: ScrollOptions = {}): Capture {
  return {
    name: 'scroll',
    start(sink) {
      const events = listening();
      let deepest = 0;
      const stopDepth = watchDepth(events, (percent, atTop) => {
        // Also where an application has gone back there for its next view.
        if (atTop) return;
        for (const depth of depths) {
          if (depth > deepest && depth <= percent) {
            sink.track({ event: 'scroll_depth', scroll_percent: depth });
          }
        }
        deepest = Math.max(deepest, percent);
      });
      const stopViews = sink.on('view', () => {
        deepest = 0;
      });
      return () => {
        events.end();
        stopDepth();
        stopViews();
      };
    },
  };
}
