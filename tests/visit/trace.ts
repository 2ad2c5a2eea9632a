// What the main thread of the visited pages did, from Chromium's own trace of it.
import type { CDPSession } from '@playwright/test';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds of the monotonic clock. */
  ts: number;
  dur?: number;
  /** Of `dur`, processor time of the thread. */
  tdur?: number;
  args?: { name?: string; data?: unknown };
}

/** From one moment to another, milliseconds of the monotonic clock. */
export type Span = readonly [from: number, to: number];

// Compiling, running and collecting the garbage of scripts; not the dispatch of events, which has the browser's own actions in
// it, such as scrolling. The Performance domain's ScriptDuration knows neither garbage nor the jobs of promises: of 100 ms in
// a `then` it counts 1.
const SCRIPT =
  /^(EvaluateScript|v8\.\w+|FunctionCall|RunMicrotasks|M\w+GC|.*computeIntersections)$/;

const CATEGORIES = ['devtools.timeline', 'v8'];

/** The monotonic clock, as traces have it. */
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

  /** Ends it: what the main thread of the pages of `origin` did. */
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
    // Others show the browser's own pages.
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

  /** When the first page behind `from` was loaded: its handlers of `load` are done. */
  loadedAfter(from: number): number {
    const mark = this.#events.find(({ name, ts }) => name === 'MarkLoad' && ts / 1000 > from);
    if (!mark) throw new Error('No page has loaded');
    return mark.ts / 1000;
  }

  /** Milliseconds of processor time in scripts; of a call within another one only the outer counts. */
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
