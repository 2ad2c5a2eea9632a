import type { Capture, OwnSink } from '../types.ts';
import { listening } from './listening.ts';

export interface EngagementOptions {
  /** So long a visitor who does nothing still counts as being with the page, milliseconds. Default 30,000. */
  idleMs?: number;
}

/** Less is kept for the next record: a page that is left is told so two or three times in a row. */
const LEAST_MS = 1_000;
const ACTIVITIES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'touchmove'];

/** Records `engagement`: for how long the page was seen, had the focus and the visitor did something. */
export function engagement({ idleMs = 30_000 }: EngagementOptions = {}): Capture {
  return {
    name: 'engagement',
    start(sink: OwnSink) {
      const events = listening();
      let engaged = 0;
      let counted = 0;
      let attentive = false;
      let lastActivity = -idleMs;

      // Adds what has passed since it was last called.
      const count = () => {
        const now = performance.now();
        if (attentive) engaged += Math.max(0, Math.min(now, lastActivity + idleMs) - counted);
        counted = now;
        attentive = document.visibilityState === 'visible' && document.hasFocus();
      };
      // Each move of the pointer comes by here.
      const act = () => {
        const now = performance.now();
        if (now > lastActivity + idleMs) count();
        lastActivity = now;
      };

      for (const type of ACTIVITIES) events.on(document, type, act);
      events.on(document, 'scroll', ({ target }) => {
        // What moves within the page may do so by itself.
        if (target === document) act();
      });
      events.on(document, 'visibilitychange', count);
      // That of an element is no other attention.
      for (const type of ['focus', 'blur']) events.on(globalThis, type, count, false);
      const stops = [
        sink.on('leave', () => {
          count();
          const engaged_ms = Math.round(engaged);
          if (engaged_ms < LEAST_MS) return;
          engaged = 0;
          sink.track({ event: 'engagement', engaged_ms });
        }),
        sink.on('view', () => {
          engaged = 0;
        }),
      ];
      return () => {
        events.end();
        for (const stop of stops) stop();
      };
    },
  };
}
