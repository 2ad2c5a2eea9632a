import { isElement, read } from '../dom.ts';
import type { ErrorEvent, ResourceErrorEvent } from '../events.ts';
import { ignoreErrors } from '../ignore_errors.ts';
import { MinuteCounts } from '../minute.ts';
import { bare, clearTimeout, Map, setTimeout } from '../natives.ts';
import { cut } from '../text.ts';
import type { Capture, OwnSink } from '../types.ts';
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
/** Most different script errors to record in a minute, and most different resources. */
const MAX_DIFFERENT = 50;
/** Most characters of a message or an address. */
const MAX_LENGTH = 1_000;
/** Reported as an error, but only means that an observer is called again in the next frame. */
const HARMLESS = /^ResizeObserver loop /;

/** Most errors of a `cause` chain, or of an `AggregateError`, that are recorded. */
const MAX_CAUSES = 5;

/** `causes`: the errors that it names as its causes, one to a line. */
interface Failure {
  name: string;
  message: string;
  stack: string;
  causes?: string;
}

/** Most arguments of `console.error` that are read. */
const MAX_ARGUMENTS = 20;

/** A frame with a line: its script, line and column. */
const FRAME = /^[^@]*@(.*?):(\d+)(?::(\d+))?$/s;

const { toString } = Object.prototype;

/** Browsers put the reason in `reason`, some libraries in `detail.reason`. */
type Rejection = PromiseRejectionEvent & { detail?: { reason?: unknown } };

/** Elements that load something; each property may be missing. */
type Loading = Partial<HTMLImageElement & HTMLLinkElement & HTMLObjectElement>;

/**
 * Records `error` for errors in scripts, and `resource_error` for resources that do not load. Of each, at most 50
 * different ones per minute.
 */
export function errors(options: ErrorsOptions = {}): Capture {
  const { console: withConsole = false } = bare(options);
  return { name: 'errors', start: (sink) => startErrors(sink, withConsole) };
}

function startErrors(sink: OwnSink, withConsole: boolean): () => void {
  const events = listening();
  const scripts = folding(sink);
  const resources = folding(sink);
  const stops = [events.end, scripts.end, resources.end];

  const record = (error_type: string, { name, message: whole, stack, causes }: Failure) => {
    const error_name = cut(name, 100);
    const message = plainMessage(whole);
    const [top = ''] = stack.split('\n', 1);
    const [, source_url, line, column] = innermostOf(stack) ?? [];
    scripts.add(String([error_name, message, top]), {
      event: 'error',
      error_type,
      error_name,
      message,
      stack: stack || undefined,
      error_causes: causes || undefined,
      source_url,
      line: Number(line) || undefined,
      column: Number(column) || undefined,
      repeats: 1,
    });
  };

  events.on<globalThis.ErrorEvent>(globalThis, 'error', (event) => {
    const { target, error, message, filename } = event;
    if (isElement(target)) {
      // Components of the page may dispatch their own events of this name.
      const resource = event.isTrusted ? resourceOf(target) : undefined;
      if (resource) resources.add(resource.element_tag + resource.resource_url, resource);
    } else if ((message || error) && !HARMLESS.test(message)) {
      // WebKit has no message for what it cannot turn into text, such as a symbol.
      // For a script of another origin, browsers reveal only this message: https://html.spec.whatwg.org/#muted-errors
      const failure = filename || error ? failureOf(error) : { name: 'Error', message, stack: '' };
      failure.stack ||= filename && `@${placeOf(`${filename}:${event.lineno}:${event.colno}`)}`;
      record('uncaught', failure);
    }
  });
  events.on<Rejection>(globalThis, 'unhandledrejection', ({ reason, detail }) =>
    // Bluebird and other libraries dispatch an event of their own.
    record('rejection', failureOf(detail && 'reason' in detail ? detail.reason : reason)),
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
  const address = currentSrc || src || href || data;
  // In SVG, `href` is an object.
  const resource_url = typeof address === 'string' ? cut(address, MAX_LENGTH) : '';
  if (!resource_url || OWN_REQUESTS.test(resource_url)) return undefined;
  const element_tag = read(element, 'localName');
  return { event: 'resource_error', element_tag, resource_url, repeats: 1 };
}

/** Groups equal errors: records the first one at once, and the number of repeats in a second event. */
function folding(sink: OwnSink) {
  type Folded = ErrorEvent | ResourceErrorEvent;
  /** Errors of the last seconds, by key. `repeats`: how many are not recorded yet. */
  const recent = new Map<string, [event: Folded, timer: ReturnType<typeof setTimeout>]>();
  /** Keys of the errors in the current minute. */
  const known = new MinuteCounts();

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

// Cut it first: a message may contain a whole server response.
function plainMessage(whole: string): string {
  return cut(withoutSecrets(cut(whole, 2 * MAX_LENGTH)), MAX_LENGTH);
}

/**
 * Anything may be thrown, and reading it may throw, too. If it is an object without a message, only the names of its
 * fields are recorded.
 */
function failureOf(thrown: unknown): Failure {
  const type = ignoreErrors(() => toString.call(thrown).slice(8, -1)) ?? 'Object';
  const object = Object(thrown);
  if (object !== thrown) return { name: type, message: String(thrown), stack: '' };
  const message = textAt(object, 'message');
  const stack = stackOf(textAt(object, 'stack') ?? '', message ?? '');
  return {
    name: textAt(object, 'name') || type,
    message:
      message ??
      ignoreErrors(() => outlineOf(object)) ??
      'an object that cannot be read, such as a revoked Proxy',
    stack,
    causes: ignoreErrors(() => causesOf(object)) ?? '',
  };
}

// Each frame by itself: with the flag `m`, characters such as `\r` in a frame begin lines, too.
function innermostOf(stack: string): RegExpExecArray | undefined {
  for (const frame of stack.split('\n')) {
    const found = FRAME.exec(frame);
    if (found) return found;
  }
  return undefined;
}

const valueAt = (object: Record<string, unknown>, key: string) => ignoreErrors(() => object[key]);

/** The text at `key`; undefined if there is something else or reading it throws. */
function textAt(object: Record<string, unknown>, key: string): string | undefined {
  const text = valueAt(object, key);
  return typeof text === 'string' ? text : undefined;
}

/** What can be said about an object without a message. Not the names for an array, which may be long. */
function outlineOf(object: Record<string, unknown>): string {
  // A script that did not load rejects with an event.
  if (typeof valueAt(object, 'isTrusted') === 'boolean') return `event "${textAt(object, 'type')}"`;
  const length = valueAt(object, 'length');
  if (typeof length === 'number') return `[${length}]`;
  // The message of an error may be an object, too.
  const message = valueAt(object, 'message');
  const fields = Object(message) === message ? (message as object) : object;
  return cut(`{${Object.keys(fields)}}`, MAX_LENGTH);
}

/** The errors in `cause` and in the `errors` of an `AggregateError`: `name: message`, one to a line. */
function causesOf(object: Record<string, unknown>): string {
  const causes: string[] = [];
  const waiting = [object];
  for (let error = waiting.shift(); error && causes.length < MAX_CAUSES; error = waiting.shift()) {
    const { cause, errors } = error;
    const inner = [cause, ...(Array.isArray(errors) ? errors.slice(0, MAX_CAUSES) : [])];
    for (const one of inner) {
      if (one === undefined || one === null || causes.length === MAX_CAUSES) continue;
      const name = textAt(Object(one), 'name') ?? '';
      const message = textAt(Object(one), 'message') ?? (Object(one) === one ? '' : String(one));
      causes.push(cut(`${name && `${name}: `}${plainMessage(message)}`, MAX_LENGTH));
      if (Object(one) === one) waiting.push(one as Record<string, unknown>);
    }
  }
  return causes.join('\n');
}

/** Formats arguments as `console.error` does: https://console.spec.whatwg.org/#formatter */
function formatted(args: readonly unknown[]): Failure {
  const failures = args.slice(0, MAX_ARGUMENTS).map(failureOf);
  const [format = '', ...texts] = failures.map(({ name, message, stack }) =>
    cut(stack ? `${name}: ${message}` : message, 2 * MAX_LENGTH),
  );
  const text = format.replace(/%[sdifoOc]/g, (directive) => {
    const value = texts.shift() ?? directive;
    return directive === '%c' ? '' : value;
  });
  const {
    name,
    stack,
    causes = '',
  } = failures.find((one) => one.stack) ?? { name: 'Error', stack: '' };
  return { name, message: [text, ...texts].join(' '), stack, causes };
}
