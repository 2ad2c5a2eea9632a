// What the main thread of the visited pages did, read from Chromium's trace.
import type { CDPSession } from '@playwright/test';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds of the monotonic clock. */
  ts: number;
  dur?: number;
  /** The thread's processor time within `dur`. */
  tdur?: number;
  args?: { name?: string; data?: { type?: unknown } };
}

/** A period in milliseconds of the monotonic clock. */
export type Span = readonly [from: number, to: number];

// Compiling and running scripts and collecting their garbage. The dispatch of events is left out, because it includes
// the browser's own actions, such as scrolling. ScriptDuration of the DevTools protocol is no alternative: it counts
// neither garbage collection nor promise jobs, and 1 ms for 100 ms in a `then`.
const SCRIPT =
  /^(EvaluateScript|v8\.\w+|FunctionCall|RunMicrotasks|M\w+GC|.*computeIntersections)$/;

const CATEGORIES = ['devtools.timeline', 'v8'];

/** Milliseconds of the monotonic clock, which traces also use. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export class Trace {
  readonly #session: CDPSession;
  readonly #events: TraceEvent[] = [];

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Tracing.dataCollected', ({ value }) => {
      this.#events.push(...(value as unknown as TraceEvent[]));
    });
  }

  static async start(session: CDPSession): Promise<Trace> {
    const trace = new Trace(session);
    await session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'] },
    });
    return trace;
  }

  /** Ends the trace; returns what the main thread of `origin`'s pages did. */
  async end(origin: string): Promise<MainThread> {
    const complete = new Promise((resolve) =>
      this.#session.once('Tracing.tracingComplete', resolve),
    );
    await this.#session.send('Tracing.end');
    await complete;
    const threads = this.#events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) =>
        this.#events.filter((event) => event.pid === pid && event.tid === tid),
      );
    // Other main threads run the browser's own pages.
    const [main] = threads.sort((a, b) => mentions(b, origin) - mentions(a, origin));
    if (!main || mentions(main, origin) === 0) throw new Error(`No trace of ${origin}`);
    return new MainThread(main.sort((a, b) => a.ts - b.ts));
  }
}

const mentions = (events: TraceEvent[], text: string) =>
  events.filter(({ args }) => JSON.stringify(args?.data ?? {}).includes(text)).length;

export class MainThread {
  readonly process: number;
  readonly #events: TraceEvent[];

  constructor(events: TraceEvent[]) {
    this.process = events[0]?.pid ?? 0;
    this.#events = events;
  }

  /** When the first page after `from` had loaded and had run its `load` handlers. */
  loadedAfter(from: number): number {
    const mark = this.#events.find(({ name, ts }) => name === 'MarkLoad' && ts / 1000 > from);
    if (!mark) throw new Error('No page has loaded');
    return mark.ts / 1000;
  }

  /** The periods in which listeners of these types of events ran. */
  dispatches([from, to]: Span, types: readonly string[]): Span[] {
    return this.#events
      .filter(({ name, ts, args }) => {
        const isIn = ts / 1000 > from && ts / 1000 <= to;
        return isIn && name === 'EventDispatch' && types.includes(String(args?.data?.type));
      })
      .map(({ ts, dur = 0 }) => [ts / 1000, (ts + dur) / 1000]);
  }

  /** Milliseconds of processor time in scripts. Nested calls count once. */
  scriptTime([from, to]: Span): number {
    let end = 0;
    let sum = 0;
    for (const { name, ph, ts, dur = 0, tdur = dur } of this.#events) {
      if (ph !== 'X' || !SCRIPT.test(name) || ts < end) continue;
      end = ts + dur;
      if (ts / 1000 > from && ts / 1000 <= to) sum += tdur;
    }
    return sum / 1000;
  }
}
