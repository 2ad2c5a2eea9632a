// Sends one batch by HTTP and returns the outcome. It also keeps account of the keepalive quota: requests that outlive
// the page share 64 KiB.
//
// A plain body is a simple request, which needs no CORS preflight. A compressed body needs special headers, and so a
// preflight.

import { API_VERSION, KEEPALIVE_QUOTA } from '../../limits.ts';
import { fetch, type Promise, parse, wallClock } from '../../natives.ts';
import { within } from '../bounded.ts';
import type { Host } from '../host.ts';
import type { Batch, Outcome } from '../types.ts';

const TIMEOUT_MS = 30_000;
/** Time for the first part of an answer's body. */
const BODY_MS = 10_000;
const NO_ANSWER: Outcome = { status: 0 };

/** Bytes of keepalive bodies in flight, from all copies of this library on the page. */
interface Quota {
  inFlight: number;
}

const PLAIN_TYPE = 'text/plain;charset=UTF-8';
const QUOTA = Symbol.for('webtrack keepalive quota');

export class Transport {
  readonly #url: string;
  readonly #host: Pick<Host, 'page' | 'lasting'>;
  readonly #quota: Quota;

  /**
   * `url`: address of the logstore's track call, without a query. It is the same for every compressed request, because
   * browsers cache a preflight's answer by address.
   */
  constructor(url: string, host: Pick<Host, 'page' | 'lasting'>) {
    this.#url = url;
    this.#host = host;
    const shared = globalThis as { [QUOTA]?: Quota };
    shared[QUOTA] ??= { inFlight: 0 };
    this.#quota = shared[QUOTA];
  }

  /**
   * Whether a fetch outlives the page. Firefox before 133 has no `keepalive`. Once a closing tab is being unloaded,
   * Firefox loses fetches but delivers beacons.
   */
  get fetchOutlivesPage(): boolean {
    return 'keepalive' in globalThis.Request.prototype && !this.#host.page?.ending;
  }

  /** Bytes left in the keepalive quota. */
  get keepaliveRoom(): number {
    return KEEPALIVE_QUOTA - this.#quota.inFlight;
  }

  /** Sends a batch by a request that outlives the page, if the quota allows. Never rejects. */
  async send(batch: Batch): Promise<Outcome> {
    const { length } = batch.body;
    // No `keepalive` without room in the quota: the request would fail. Chromium frees the quota only some time after
    // an answer.
    if (this.#host.lasting || length > this.keepaliveRoom) return this.#fetch(batch, false);
    this.#quota.inFlight += length;
    try {
      return await this.#fetch(batch, true);
    } finally {
      this.#quota.inFlight -= length;
    }
  }

  /** Sends a plain batch as a beacon, which has no answer. False: refused. */
  beacon({ body }: Batch): boolean {
    // Any other type needs a preflight, and a beacon sends credentials, which the endpoint's preflight answer forbids.
    return (
      this.#host.page?.beacon(
        this.#simpleUrl(),
        new globalThis.Blob([body], { type: PLAIN_TYPE }),
      ) ?? false
    );
  }

  async #fetch({ body, rawBytes, encoding }: Batch, keepalive: boolean): Promise<Outcome> {
    const simple = encoding === 'plain';
    try {
      const request = fetch(simple ? this.#simpleUrl() : this.#url, {
        method: 'POST',
        body,
        headers: simple
          ? { 'content-type': PLAIN_TYPE }
          : {
              'content-type': 'application/json',
              'x-log-apiversion': API_VERSION,
              'x-log-bodyrawsize': String(rawBytes),
              'x-log-compresstype': encoding,
            },
        keepalive,
        // No `cache` option: any cache mode makes Chromium send a preflight before every batch.
        // The endpoint allows any origin (`*`), which browsers accept only for requests without credentials.
        credentials: 'omit',
        signal: globalThis.AbortSignal.timeout?.(TIMEOUT_MS) ?? null,
      });
      // A bound of our own as well: a page's wrapper of `fetch` may drop the signal.
      const response = await within(request, TIMEOUT_MS + 1_000);
      const { status, ok, redirected } = response;
      // The endpoint accepts with an empty body. A service worker, a portal or a proxy that answers instead has stored
      // nothing.
      const text = await within(firstPart(response), BODY_MS).catch(() => undefined);
      if (!ok) return { status, ...refusal(response, text ?? '') };
      return text === '' && !redirected && this.#mayBeOfEndpoint(response) ? { status } : NO_ANSWER;
    } catch {
      return NO_ANSWER;
    }
  }

  // If the endpoint has another origin, the network's answer has the type `cors`. An answer that a service worker has
  // made has another type, and it has this header only if it is a copy of the endpoint's answer.
  #mayBeOfEndpoint({ type, headers }: Response): boolean {
    const isOwnOrigin = this.#url.startsWith(`${globalThis.location?.origin}/`);
    return isOwnOrigin || type === 'cors' || headers.get('content-length') === '0';
  }

  #simpleUrl = () => `${this.#url}?APIVersion=${API_VERSION}`;
}

/** The first part of the body as text: the endpoint's errors are short, and a proxy's answer may be long. */
async function firstPart({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const part = await reader?.read();
  // A connection that breaks now makes it reject.
  reader?.cancel().catch(() => {});
  return new globalThis.TextDecoder().decode(part?.value);
}

function refusal(response: Response, text: string): Omit<Outcome, 'status'> {
  const retryAfter = retryAfterOf(response.headers.get('retry-after'));
  try {
    const { errorCode } = parse(text);
    return typeof errorCode === 'string' ? { retryAfter, errorCode } : { retryAfter };
  } catch {
    return { retryAfter };
  }
}

// Milliseconds to wait; the header has seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
function retryAfterOf(retryAfter: string | null): number {
  if (retryAfter === null) return 0;
  const seconds = Number(retryAfter);
  const milliseconds = Number.isNaN(seconds)
    ? globalThis.Date.parse(retryAfter) - wallClock()
    : seconds * 1000;
  return Math.max(0, milliseconds) || 0;
}
