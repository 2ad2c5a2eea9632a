import type { ErrorEvent, ResourceErrorEvent } from '../events.ts';
import type { Capture, OwnSink } from '../types.ts';
import { listening } from './listening.ts';
import { withoutSecrets } from './message.ts';
import { OWN } from './own.ts';
import { patch } from './patch.ts';
import { quietly } from './quietly.ts';
import { placeOf, stackOf } from './stack.ts';

export interface ErrorsOptions {
  /** Records what the page writes by `console.error` as well. Default false. */
  console?: boolean;
}

/** Repeats of the same error within this time are one event. */
const FOLD_MS = 5_000;
const MINUTE_MS = 60_000;
/** So many different errors of scripts are recorded in a minute, and so many different resources. */
const DIFFERENT = 50;
const LENGTH = 1_000;
/** Reported as an error, but says no more than that an observer is called again in the next frame. */
const NO_ERROR = /^ResizeObserver loop /;

type Failure = [name: string, message: string, stack: string];

/** Elements that load something; all of it may be missing. */
type Loading = Partial<HTMLImageElement & HTMLLinkElement & HTMLObjectElement>;

/**
 * Records `error` and `resource_error`: what goes wrong in scripts, and what does not load; of each kind at most 50 different
 * ones a minute.
 */
export function errors({ console: ofConsole = false }: ErrorsOptions = {}): Capture {
  return { name: 'errors', start: (sink) => startErrors(sink, ofConsole) };
}

function startErrors(sink: OwnSink, ofConsole: boolean): () => void {
  const events = listening();
  const scripts = folding(sink);
  const resources = folding(sink);
  const stops = [events.end, scripts.end, resources.end];

  const failed = (error_type: string, [error_name, whole, stack]: Failure) => {
    // It may hold a whole answer of a server.
    const message = withoutSecrets(whole.slice(0, 2 * LENGTH)).slice(0, LENGTH);
    const [, source_url, line, column] = /@(.*?):(\d+)(?::(\d+))?$/m.exec(stack) ?? [];
    scripts.add(String([error_name, message, stack.split('\n')[0]]), {
      event: 'error',
      error_type,
      error_name,
      message,
      stack: stack || undefined,
      source_url,
      line: Number(line) || undefined,
      column: Number(column) || undefined,
      repeats: 1,
    });
  };

  events.on<globalThis.ErrorEvent>(globalThis, 'error', (event) => {
    const { target, error, message, filename } = event;
    if (target instanceof Element) {
      const { currentSrc, src, href, data } = target as Loading;
      // An object without `slice` in SVG.
      const resource_url = (currentSrc || src || href || data)?.slice?.(0, LENGTH);
      // Components of the page may have events of this name.
      if (!event.isTrusted || !resource_url || OWN.test(resource_url)) return;
      const element_tag = target.localName;
      resources.add(element_tag + resource_url, {
        event: 'resource_error',
        element_tag,
        resource_url,
        repeats: 1,
      });
    } else if (message && !NO_ERROR.test(message)) {
      // Of a script of another origin nothing else is told: https://html.spec.whatwg.org/#muted-errors
      const failure: Failure = filename || error ? failureOf(error) : ['Error', message, ''];
      failure[2] ||= filename && `@${placeOf(`${filename}:${event.lineno}:${event.colno}`)}`;
      failed('uncaught', failure);
    }
  });
  events.on<PromiseRejectionEvent>(globalThis, 'unhandledrejection', ({ reason }) =>
    failed('rejection', failureOf(reason)),
  );
  if (ofConsole) {
    stops.push(
      patch(console, 'error', (original) => {
        return function (this: unknown, ...given: unknown[]) {
          const answer = Reflect.apply(original, this, given);
          quietly(() => failed('console', printed(given)));
          return answer;
        };
      }),
    );
  }
  return () => {
    for (const stop of stops) stop();
  };
}

/** Records the first of the same at once, and how many came after it in a second event. */
function folding(sink: OwnSink) {
  type Folded = ErrorEvent | ResourceErrorEvent;
  /** `repeats`: how many are not recorded yet. */
  const recent = new Map<string, [event: Folded, timer: ReturnType<typeof setTimeout>]>();
  /** What there was in this minute. */
  const known = new Set<string>();
  let minute = 0;

  const track = (event: Folded) => {
    if (!event.repeats) return;
    sink.track(event, { priority: 'high' });
    event.repeats = 0;
  };
  const trackAll = () => {
    for (const [event] of recent.values()) track(event);
  };
  const stopLeave = sink.on('leave', trackAll);

  return {
    add(key: string, event: Folded) {
      // Else the page's `beforeSend` would be told of what it writes to the console itself.
      if (sink.isRecording) return;
      const folded = recent.get(key);
      if (folded) {
        folded[0].repeats++;
        return;
      }
      const now = Math.floor(performance.now() / MINUTE_MS);
      if (now !== minute) known.clear();
      minute = now;
      if (known.size >= DIFFERENT && !known.has(key)) return;
      known.add(key);
      const timer = setTimeout(() => {
        recent.delete(key);
        track(event);
      }, FOLD_MS);
      recent.set(key, [event, timer]);
      track(event);
    },
    end() {
      stopLeave();
      trackAll();
      for (const [, timer] of recent.values()) clearTimeout(timer);
    },
  };
}

/** Anything may be thrown. Of an object that says nothing only the names of its fields are told. */
function failureOf(thrown: unknown): Failure {
  const object = Object(thrown);
  const { name, message, stack } = object;
  const type = Object.prototype.toString.call(thrown).slice(8, -1);
  if (typeof message === 'string') {
    return [String(name || type), message, stackOf(String(stack), message)];
  }
  if (object !== thrown) return [type, String(thrown), ''];
  // Of a long list the names alone would take long.
  return [type, 'length' in object ? `[${object.length}]` : `{${Object.keys(object)}}`, ''];
}

/** What `console.error` makes of its arguments: https://console.spec.whatwg.org/#formatter */
function printed(given: readonly unknown[]): Failure {
  const failures = given.map(failureOf);
  const [format = '', ...texts] = failures.map(([name, message, stack]) =>
    stack ? `${name}: ${message}` : message,
  );
  const text = format.replace(/%[sdifoOc]/g, (directive) => {
    const value = texts.shift() ?? directive;
    return directive === '%c' ? '' : value;
  });
  const [name, , stack] = failures.find(([, , stack]) => stack) ?? ['Error', '', ''];
  return [name, [text, ...texts].join(' '), stack];
}
