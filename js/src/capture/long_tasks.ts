import type { LongTaskEvent } from '../events.ts';
import type { Capture, OwnSink } from '../types.ts';
import { hasEntries, onEntries, timeOf } from './entries.ts';

export interface LongTasksOptions {
  /** Shorter ones are not recorded, milliseconds. The browser tells none below 50. Default 100. */
  leastMs?: number;
}

/** Of each view the first ones alone: a page that stutters all the time says nothing new. */
const PER_VIEW = 20;
const FRAME = 'long-animation-frame';

/** https://w3c.github.io/long-animation-frames/; of a long task only the duration is there. */
interface LongEntry extends PerformanceEntry {
  readonly blockingDuration?: number;
  readonly scripts?: readonly ScriptEntry[];
}

interface ScriptEntry extends PerformanceEntry {
  readonly invoker: string;
  readonly invokerType: string;
  readonly sourceURL: string;
  readonly sourceFunctionName: string;
}

/**
 * Records `long_task`, at most 20 a view: long animation frames that held up input, with the script that took most of
 * it; long tasks where the browser has only those.
 */
export function longTasks({ leastMs = 100 }: LongTasksOptions = {}): Capture {
  return {
    name: 'long_tasks',
    start(sink: OwnSink) {
      let left = PER_VIEW;
      const endView = sink.on('view', () => {
        left = PER_VIEW;
      });
      const endEntries = onEntries<LongEntry>(
        hasEntries(FRAME) ? FRAME : 'longtask',
        ({ startTime, duration, blockingDuration, scripts = [] }) => {
          // A frame may take long and still answer: when nothing in it does.
          if (duration < leastMs || blockingDuration === 0 || left-- <= 0) return;
          const [script] = [...scripts].sort((a, b) => b.duration - a.duration);
          sink.track(
            {
              event: 'long_task',
              duration_ms: Math.round(duration),
              blocking_ms: blockingDuration && Math.round(blockingDuration),
              ...(script && {
                script_url: script.sourceURL || undefined,
                script_function: script.sourceFunctionName || undefined,
                script_invoker: invokerOf(script),
                script_ms: Math.round(script.duration),
              }),
            } as LongTaskEvent,
            { time: timeOf(startTime) },
          );
        },
        { buffered: !sink.isLate },
      );
      return () => {
        endView();
        endEntries();
      };
    },
  };
}

// Without addresses, whose parameters may be private: of a script that is run it is one, of an image's listener
// it has one.
function invokerOf({ invoker, invokerType }: ScriptEntry): string {
  return invokerType.endsWith('-script') ? invokerType : invoker.replace(/\[src=.*\]/s, '');
}
