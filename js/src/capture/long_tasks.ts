import type { LongTaskEvent } from '../events.ts';
import { bare } from '../natives.ts';
import { cut } from '../text.ts';
import type { Capture, OwnSink } from '../types.ts';
import { hasEntries, onEntries, timeOf } from './entries.ts';

export interface LongTasksOptions {
  /** Shortest task to record, in milliseconds. Browsers report none below 50. Default 100. */
  leastMs?: number;
}

/** Most events per view: a page that stutters all the time adds nothing new. */
const PER_VIEW = 20;
const FRAME = 'long-animation-frame';
/** Most characters of an invoker that are recorded. */
const MAX_INVOKER = 500;

/** See https://w3c.github.io/long-animation-frames/. A long task has only its duration. */
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
 * Records `long_task`, at most 20 per view: long animation frames that blocked input, each with the script that took
 * longest. In browsers without such frames it records long tasks.
 */
export function longTasks(options: LongTasksOptions = {}): Capture {
  const { leastMs = 100 } = bare(options);
  return {
    name: 'long_tasks',
    start(sink: OwnSink) {
      let remaining = PER_VIEW;
      const endView = sink.on('view', () => {
        remaining = PER_VIEW;
      });
      const endEntries = onEntries<LongEntry>(
        hasEntries(FRAME) ? FRAME : 'longtask',
        ({ startTime, duration, blockingDuration, scripts = [] }) => {
          // A long frame without a long task in it does not block input.
          if (duration < leastMs || blockingDuration === 0 || remaining-- <= 0) return;
          const [script] = [...scripts].sort((a, b) => b.duration - a.duration);
          sink.track(
            {
              event: 'long_task',
              duration_ms: Math.round(duration),
              blocking_ms: blockingDuration && Math.round(blockingDuration),
              ...(script && {
                script_url: script.sourceURL || undefined,
                script_function: cut(script.sourceFunctionName, 200) || undefined,
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

// Removes addresses, whose parameters may be private: the invoker of a script is its address, and that of an image's
// listener contains the image's address.
function invokerOf({ invoker, invokerType }: ScriptEntry): string {
  if (invokerType.endsWith('-script')) return invokerType;
  const address = invoker.indexOf('[src=');
  if (address < 0) return cut(invoker, MAX_INVOKER);
  const end = invoker.lastIndexOf(']');
  const rest = end > address ? invoker.slice(end + 1) : '';
  return cut(invoker.slice(0, address) + rest, MAX_INVOKER);
}
