import { call, read } from '../dom.ts';
import { bare, clock } from '../natives.ts';
import type { Capture, OwnSink } from '../types.ts';
import { listening } from './listening.ts';

export interface EngagementOptions {
  /** How long a visitor who does nothing still counts as engaged, in milliseconds. Default 30,000. */
  idleMs?: number;
}

/** Less than this is kept for the next event: `leave` comes two or three times when a page is left. */
const MIN_MS = 1_000;
const ACTIVITIES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'touchmove'];

/** Records `engagement`: how long the page was visible and had the focus while the visitor was active. */
export function engagement(options: EngagementOptions = {}): Capture {
  const { idleMs = 30_000 } = bare(options);
  return {
    name: 'engagement',
    start(sink: OwnSink) {
      const events = listening();
      let engaged = 0;
      let lastCount = 0;
      let isAttentive = false;
      let lastActivity = -idleMs;

      // Adds the engaged time since the last call.
      const count = () => {
        const now = clock();
        if (isAttentive) engaged += Math.max(0, Math.min(now, lastActivity + idleMs) - lastCount);
        lastCount = now;
        isAttentive = read(document, 'visibilityState') === 'visible' && call(document, 'hasFocus');
      };
      // Cheap, because every move of the pointer calls it.
      const onActivity = () => {
        const now = clock();
        if (now > lastActivity + idleMs) count();
        lastActivity = now;
      };

      for (const type of ACTIVITIES) events.on(document, type, onActivity);
      events.on(document, 'scroll', ({ target }) => {
        // An element within the page may scroll by itself, such as a carousel.
        if (target === document) onActivity();
      });
      events.on(document, 'visibilitychange', count);
      // Not captured: ignore focus moves within the page.
      for (const type of ['focus', 'blur']) events.on(globalThis, type, count, false);
      const stops = [
        sink.on('leave', () => {
          count();
          const engaged_ms = Math.round(engaged);
          if (engaged_ms < MIN_MS) return;
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
