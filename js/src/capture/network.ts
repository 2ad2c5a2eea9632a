import type { Capture, OwnSink } from '../types.ts';
import { listening } from './listening.ts';
import { OWN } from './own.ts';
import { patch } from './patch.ts';
import { quietly } from './quietly.ts';

export interface NetworkOptions {
  /**
   * Requests that are left alone: those with such a text anywhere in their absolute address, or in which such an
   * expression is found. Those of trackers are, always. Default: none.
   */
  ignore?: readonly (string | RegExp)[];
  /**
   * Origins such as `https://api.example.com` that are sent the W3C header `traceparent`, as the page's own then is;
   * `[]` for that one alone. Others must allow it (CORS), and so must those that any of them redirects to: browsers
   * ask for leave before a request that has it. One that the page has set stays. Default: nobody is sent any.
   */
  traceparent?: readonly string[];
  /** Share of requests that are recorded, and traced, 0 to 1. Default 1. */
  sampleRate?: number;
}

const TRACEPARENT = 'traceparent';
/** Events that an XMLHttpRequest ends with, and why there is no answer then. */
const ENDS = { load: '', error: 'network', abort: 'abort', timeout: 'timeout' };

/** Records `request`: what the page's scripts ask for by `fetch` and `XMLHttpRequest`, and what came of it. */
export function network(options: NetworkOptions = {}): Capture {
  return { name: 'network', start: (sink) => startNetwork(sink, options) };
}

/**
 * Ends a request that is recorded; `isTraced` when it is to be sent a trace. `failure`: why there is no answer;
 * `length`: the answer's, as its head has it.
 */
interface Begun {
  isTraced: boolean;
  end(
    failure: string,
    traceparent: string | undefined,
    status: number,
    length: string | null,
  ): void;
}

type Begin = (type: string, method: unknown, address: string | URL) => Begun | undefined;

function startNetwork(
  sink: OwnSink,
  { ignore = [], traceparent, sampleRate = 1 }: NetworkOptions,
): () => void {
  let isStopped = false;
  const begin: Begin = (request_type, method, address) => {
    const { href, origin } = new URL(address, document.baseURI);
    const isIgnored = [OWN, ...ignore].some((one) =>
      typeof one === 'string' ? href.includes(one) : href.search(one) >= 0,
    );
    if (isIgnored || !href.startsWith('http') || Math.random() >= sampleRate) return;
    const begun = performance.now();
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
          duration_ms: Math.round(performance.now() - begun),
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

function patchFetch(begin: Begin): () => void {
  return patch(globalThis, 'fetch', (original: typeof fetch) => {
    return function (this: unknown, ...given: Parameters<typeof fetch>) {
      let request: Begun | undefined;
      let signal: AbortSignal | null | undefined;
      let traceparent: string | undefined;
      try {
        const [input, init] = given;
        const { url, href, method, mode, signal: ownSignal } = input as Partial<Request & URL>;
        signal = init?.signal ?? ownSignal;
        request = begin('fetch', init?.method ?? method ?? 'GET', url ?? href ?? String(input));
        // Without CORS a request takes no such header.
        if (request?.isTraced && (init?.mode ?? mode) !== 'no-cors') {
          const fresh = newTraceparent();
          // Copies: the page's own objects stay as they are. Beside new settings a Request would lose some of its own, and
          // settings of another class what they inherit.
          const isPlain = !method && Object.getPrototypeOf(init ?? {}) === Object.prototype;
          const copy = isPlain ? undefined : new Request(input, init);
          const headers = copy?.headers ?? new Headers(init?.headers);
          if (!headers.has(TRACEPARENT)) headers.set(TRACEPARENT, fresh);
          traceparent = headers.get(TRACEPARENT) as string;
          given = copy ? [copy] : [input, { ...init, headers }];
        }
      } catch {
        // Nor is it one for fetch, which says so.
      }
      const answer = Reflect.apply(original, this, given);
      if (!request || !answer?.then) return answer;
      const { end } = request;
      // The page gets the promise behind ours: beside it, a rejection that nobody handles would count as handled.
      return answer.then(
        (response) => {
          quietly(() =>
            end('', traceparent, response.status, response.headers.get('content-length')),
          );
          return response;
        },
        (error) => {
          quietly(() => end(failureOf(error, signal), traceparent, 0, null));
          throw error;
        },
      );
    };
  });
}

function failureOf(error: unknown, signal: AbortSignal | null | undefined): string {
  const { name } = Object(error);
  if (name === 'TimeoutError') return 'timeout';
  // An abort's reason may be anything.
  return name === 'AbortError' || signal?.aborted ? 'abort' : 'network';
}

type Open = (method: string, address: string | URL, ...more: unknown[]) => void;

interface Opened {
  method: unknown;
  address: string | URL;
  traceparent?: string;
}

function patchXhr(begin: Begin, isTracing: boolean): (() => void)[] {
  const { prototype } = XMLHttpRequest;
  /** Until they are sent. */
  const opened = new WeakMap<XMLHttpRequest, Opened>();
  /** What ends them, or forgets them when no `failure` is given. */
  const sent = new Map<XMLHttpRequest, (failure?: string) => void>();

  const hear = (xhr: XMLHttpRequest) => {
    const settings = opened.get(xhr);
    opened.delete(xhr);
    const request = settings && begin('xhr', settings.method, settings.address);
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
    for (const [type, failure] of Object.entries(ENDS)) events.on(xhr, type, () => end(failure));
    sent.set(xhr, end);
    return end;
  };

  const stops = [
    patch(prototype as { open: Open }, 'open', (original) => {
      return function (this: XMLHttpRequest, ...given) {
        // Used again: by a listener of the page that hears of its end before ours, or instead of waiting for it.
        sent.get(this)?.(this.readyState < 4 ? undefined : this.status ? '' : 'network');
        Reflect.apply(original, this, given);
        opened.set(this, { method: given[0], address: given[1] });
      };
    }),
    patch(prototype, 'send', (original) => {
      return function (this: XMLHttpRequest, ...given) {
        const end = quietly(() => hear(this));
        try {
          return Reflect.apply(original, this, given);
        } catch (error) {
          // When the page waits for it Chromium has no event, as is the rule; Firefox has.
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
        return function (this: XMLHttpRequest, ...given: [string, string]) {
          Reflect.apply(original, this, given);
          const settings = opened.get(this);
          if (settings && /^traceparent$/i.test(given[0])) settings.traceparent = String(given[1]);
        };
      }),
    );
  }
  return stops;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header: version, trace, span, and that it is recorded. */
function newTraceparent(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
}
