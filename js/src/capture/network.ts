import { read } from '../dom.ts';
import { ignoreErrors } from '../ignore_errors.ts';
import { bare, clock, Map, URL, WeakMap } from '../natives.ts';
import type { Capture, OwnSink } from '../types.ts';
import { listening } from './listening.ts';
import { OWN_REQUESTS } from './own.ts';
import { patch } from './patch.ts';

export interface NetworkOptions {
  /**
   * Requests to ignore: those whose absolute address contains one of the texts or matches one of the expressions.
   * Requests of trackers are always ignored. Default: none.
   */
  ignore?: readonly (string | RegExp)[];
  /**
   * Origins, such as `https://api.example.com`, to which requests carry the W3C header `traceparent`. The page's own
   * origin is always one of them; `[]` means that one alone. Other origins must allow the header by CORS, as must every
   * origin that they redirect to: browsers send a preflight for it. A header that the page has set stays. Default: no
   * request carries it.
   */
  traceparent?: readonly string[];
  /** Share of requests to record and trace, 0 to 1. Default 1. */
  sampleRate?: number;
}

const { toString } = Object.prototype;
const TRACEPARENT = 'traceparent';
/** Events that end an XMLHttpRequest, and the value of `request_error` for each. */
const END_EVENTS = { load: '', error: 'network', abort: 'abort', timeout: 'timeout' };

/** Records `request`: each request by `fetch` or `XMLHttpRequest`, and its outcome. */
export function network(options: NetworkOptions = {}): Capture {
  return { name: 'network', start: (sink) => startNetwork(sink, bare(options)) };
}

/** A request to record. */
interface RecordedRequest {
  /** It must carry `traceparent`. */
  isTraced: boolean;
  /**
   * Records the request. `failure`: why there is no answer, or ''; `length`: the answer's header `content-length`.
   */
  end(
    failure: string,
    traceparent: string | undefined,
    status: number | undefined,
    length: string | null,
  ): void;
}

type Fetch = typeof globalThis.fetch;

type BeginRequest = (
  type: string,
  method: unknown,
  address: string | URL,
) => RecordedRequest | undefined;

function startNetwork(
  sink: OwnSink,
  { ignore = [], traceparent, sampleRate = 1 }: NetworkOptions,
): () => void {
  let isStopped = false;
  const begin: BeginRequest = (request_type, method, address) => {
    const { href, origin } = new URL(address, read(document, 'baseURI'));
    const isIgnored = [OWN_REQUESTS, ...ignore].some((one) =>
      typeof one === 'string' ? href.includes(one) : href.search(one) >= 0,
    );
    if (isIgnored || !href.startsWith('http') || Math.random() >= sampleRate) return;
    const start = clock();
    return {
      isTraced: traceparent !== undefined && [location.origin, ...traceparent].includes(origin),
      end(failure, traceparent, http_status, length) {
        if (isStopped) return;
        sink.track({
          event: 'request',
          request_type,
          http_method: String(method).toUpperCase(),
          request_url: href,
          http_status,
          duration_ms: Math.round(clock() - start),
          response_bytes: length ? Number(length) : undefined,
          request_error: failure || undefined,
          trace_id: traceparent?.split('-')[1],
        });
      },
    };
  };
  const stops = [...patchXhr(begin, traceparent !== undefined), patchFetch(begin)];
  return () => {
    isStopped = true;
    for (const stop of stops) stop();
  };
}

function patchFetch(begin: BeginRequest): () => void {
  return patch(globalThis, 'fetch', (original: Fetch) => {
    return function (this: unknown, ...args: Parameters<Fetch>) {
      let request: RecordedRequest | undefined;
      let signal: AbortSignal | null | undefined;
      let traceparent: string | undefined;
      try {
        const { url, method, mode, signal: ownSignal } = requestOf(args[0]) ?? {};
        // Convert an address once, as the browser does: the page's `toString` may count its calls.
        if (url === undefined && Object(args[0]) === args[0]) args[0] = String(args[0]);
        const [input, init] = args;
        if (url === undefined && typeof input !== 'string') throw new TypeError();
        signal = init?.signal ?? ownSignal;
        request = begin('fetch', init?.method ?? method ?? 'GET', url ?? (input as string));
        // A request with the mode `no-cors` cannot carry the header.
        if (request?.isTraced && (init?.mode ?? mode) !== 'no-cors') {
          const fresh = newTraceparent();
          // Change copies, not the page's objects. If `input` is a Request, copy it: it would lose some of its settings
          // beside a new `init`. If `init` is not a plain object, a spread would lose what it inherits.
          const isPlain = !method && Object.getPrototypeOf(init ?? {}) === Object.prototype;
          const copy = isPlain ? undefined : new globalThis.Request(input, init);
          const headers = copy?.headers ?? new globalThis.Headers(init?.headers);
          if (!headers.has(TRACEPARENT)) headers.set(TRACEPARENT, fresh);
          traceparent = headers.get(TRACEPARENT) as string;
          args = copy ? [copy] : [input, { ...init, headers }];
        }
      } catch {
        // Invalid arguments: let `fetch` throw.
      }
      const answer = Reflect.apply(original, this, args);
      if (!request || !answer?.then) return answer;
      const { end } = request;
      // Return the derived promise: otherwise our handler would hide an unhandled rejection of the page.
      return answer.then(
        (response) => {
          ignoreErrors(() =>
            end('', traceparent, statusOf(response), response.headers.get('content-length')),
          );
          return response;
        },
        (error) => {
          ignoreErrors(() => end(failureOf(error, signal), traceparent, 0, null));
          throw error;
        },
      );
    };
  });
}

// `input` as a Request, also of another window; undefined if it is an address.
function requestOf(input: unknown): Partial<Request> | undefined {
  return toString.call(input) === '[object Request]' ? (input as Request) : undefined;
}

// The browser hides the status of some answers, as the mode `no-cors` does, and says 0.
function statusOf({ type, status }: Response): number | undefined {
  return type.startsWith('opaque') ? undefined : status;
}

function failureOf(error: unknown, signal: AbortSignal | null | undefined): string {
  const { name } = Object(error);
  if (name === 'TimeoutError') return 'timeout';
  // `abort(reason)` may reject with any value.
  return name === 'AbortError' || signal?.aborted ? 'abort' : 'network';
}

type OpenMethod = (method: string, address: string | URL, ...more: unknown[]) => void;

interface Opened {
  method: unknown;
  address: string | URL;
  traceparent?: string;
}

/** Ends a request under way; without `failure` it is forgotten and not recorded. */
type EndXhr = (failure?: string) => void;

// Records the request when it ends; until then `sent` has it.
function watchXhr(
  xhr: XMLHttpRequest,
  settings: Opened,
  begin: BeginRequest,
  sent: Map<XMLHttpRequest, EndXhr>,
): EndXhr | undefined {
  const request = begin('xhr', settings.method, settings.address);
  if (!request) return undefined;
  if (request.isTraced && !settings.traceparent) {
    settings.traceparent = newTraceparent();
    xhr.setRequestHeader(TRACEPARENT, settings.traceparent);
  }
  const events = listening();
  const end = (failure?: string) => {
    events.end();
    if (!sent.delete(xhr) || failure === undefined) return;
    const length = xhr.getResponseHeader('content-length');
    request.end(failure, settings.traceparent, xhr.status, length);
  };
  for (const [type, failure] of Object.entries(END_EVENTS))
    events.on(xhr, type, () => end(failure));
  sent.set(xhr, end);
  return end;
}

function patchXhr(begin: BeginRequest, isTracing: boolean): (() => void)[] {
  const { prototype } = globalThis.XMLHttpRequest;
  /** Requests between `open` and `send`. */
  const opened = new WeakMap<XMLHttpRequest, Opened>();
  const sent = new Map<XMLHttpRequest, EndXhr>();
  const stops = [
    patch(prototype as { open: OpenMethod }, 'open', (original) => {
      return function (this: XMLHttpRequest, ...args) {
        // The page reuses the object: in a listener that runs before ours, or before the request has ended.
        sent.get(this)?.(this.readyState < 4 ? undefined : this.status ? '' : 'network');
        Reflect.apply(original, this, args);
        opened.set(this, { method: args[0], address: args[1] });
      };
    }),
    patch(prototype, 'send', (original) => {
      return function (this: XMLHttpRequest, ...args) {
        const end = ignoreErrors(() => {
          const settings = opened.get(this);
          opened.delete(this);
          return settings && watchXhr(this, settings, begin, sent);
        });
        try {
          return Reflect.apply(original, this, args);
        } catch (error) {
          // A synchronous request that fails: Chromium sends no event, as the standard says; Firefox does.
          end?.('network');
          throw error;
        }
      };
    }),
    () => {
      for (const end of sent.values()) end();
    },
  ];
  if (isTracing) {
    stops.push(
      patch(prototype, 'setRequestHeader', (original) => {
        return function (this: XMLHttpRequest, ...args: [string, string]) {
          Reflect.apply(original, this, args);
          const settings = opened.get(this);
          if (settings && /^traceparent$/i.test(args[0])) settings.traceparent = String(args[1]);
        };
      }),
    );
  }
  return stops;
}

/** Version, trace id, span id and the flag `sampled`: https://www.w3.org/TR/trace-context/#traceparent-header */
function newTraceparent(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(24));
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
}
