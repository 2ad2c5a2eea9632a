import type { ErrorEvent, ResourceErrorEvent } from '../events.ts';
import type { Capture, OwnSink } from '../types.ts';
import { ignoreErrors } from './ignore_errors.ts';
import { listening } from './listening.ts';
import { withoutSecrets } from './message.ts';
import { OWN_REQUESTS } from './own.ts';
import { patch } from './patch.ts';
import { placeOf, stackOf } from './stack.ts';

export interface ErrorsOptions {
  /** Also records what the page writes with `console.error`. Default false. */
  console?: boolean;
}

/** Repeats of the same error within this time are one event. */
const FOLD_MS = 5_000;
const MINUTE_MS = 60_000;
/** Most different script errors to record in a minute, and most different resources. */
const MAX_DIFFERENT = 50;
/** Most characters of a message or an address. */
const MAX_LENGTH = 1_000;
/** Reported as an error, but only means that an observer is called again in the next frame. */
const HARMLESS = /^ResizeObserver loop /;

type Failure = [name: string, message: string, stack: string];

/** Elements that load something; each property may be missing. */
type Loading = Partial<HTMLImageElement & HTMLLinkElement & HTMLObjectElement>;

/**
 * Records `error` for errors in scripts, and `resource_error` for resources that do not load. Of each, at most 50
 * different ones per minute.
 */
export function errors({ console: withConsole = false }: ErrorsOptions = {}): Capture {
  return { name: 'errors', start: (sink) => startErrors(sink, withConsole) };
}

function startErrors(sink: OwnSink, withConsole: boolean): () => void {
  const events = listening();
  const scripts = folding(sink);
  const resources = folding(sink);
  const stops = [events.end, scripts.end, resources.end];

  const record = (error_type: string, [error_name, whole, stack]: Failure) => {
    // Cut it first: a message may contain a whole server response.
    const message = withoutSecrets(whole.slice(0, 2 * MAX_LENGTH)).slice(0, MAX_LENGTH);
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
      // Components of the page may dispatch their own events of this name.
      const resource = event.isTrusted ? resourceOf(target) : undefined;
      if (resource) resources.add(resource.element_tag + resource.resource_url, resource);
    } else if (message && !HARMLESS.test(message)) {
      // For a script of another origin, browsers reveal only this message: https://html.spec.whatwg.org/#muted-errors
      const failure: Failure = filename || error ? failureOf(error) : ['Error', message, ''];
      failure[2] ||= filename && `@${placeOf(`${filename}:${event.lineno}:${event.colno}`)}`;
      record('uncaught', failure);
    }
  });
  events.on<PromiseRejectionEvent>(globalThis, 'unhandledrejection', ({ reason }) =>
    record('rejection', failureOf(reason)),
  );
  if (withConsole) {
    stops.push(
      patch(console, 'error', (original) => {
        return function (this: unknown, ...args: unknown[]) {
          const answer = Reflect.apply(original, this, args);
          ignoreErrors(() => record('console', formatted(args)));
          return answer;
        };
      }),
    );
  }
  return () => {
    for (const stop of stops) stop();
  };
}

function resourceOf(element: Element): ResourceErrorEvent | undefined {
  const { currentSrc, src, href, data } = element as Loading;
  // In SVG, `href` is an object without `slice`.
  const resource_url = (currentSrc || src || href || data)?.slice?.(0, MAX_LENGTH);
  if (!resource_url || OWN_REQUESTS.test(resource_url)) return undefined;
  return { event: 'resource_error', element_tag: element.localName, resource_url, repeats: 1 };
}

/** Groups equal errors: records the first one at once, and the number of repeats in a second event. */
function folding(sink: OwnSink) {
  type Folded = ErrorEvent | ResourceErrorEvent;
  /** Errors of the last seconds, by key. `repeats`: how many are not recorded yet. */
  const recent = new Map<string, [event: Folded, timer: ReturnType<typeof setTimeout>]>();
  /** Keys of the errors in the current minute. */
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
      // Ignore what the page's `beforeSend` itself writes to the console: recording it would loop.
      if (sink.isRecording) return;
      const folded = recent.get(key);
      if (folded) {
        folded[0].repeats++;
        return;
      }
      const now = Math.floor(performance.now() / MINUTE_MS);
      if (now !== minute) known.clear();
      minute = now;
      if (known.size >= MAX_DIFFERENT && !known.has(key)) return;
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

/** Anything may be thrown. If it is an object without a message, only the names of its fields are recorded. */
function failureOf(thrown: unknown): Failure {
  const object = Object(thrown);
  const { name, message, stack } = object;
  const type = Object.prototype.toString.call(thrown).slice(8, -1);
  if (typeof message === 'string') {
    return [String(name || type), message, stackOf(String(stack), message)];
  }
  if (object !== thrown) return [type, String(thrown), ''];
  // Not the names for an array: it may be long.
  return [type, 'length' in object ? `[${object.length}]` : `{${Object.keys(object)}}`, ''];
}

/** Formats arguments as `console.error` does: https://console.spec.whatwg.org/#formatter */
function formatted(args: readonly unknown[]): Failure {
  const failures = args.map(failureOf);
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
