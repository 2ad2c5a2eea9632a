// One HTTP request: a batch to the endpoint, an outcome back. And what a page that is leaving may still
// send: requests that outlive it share a quota of 64 KiB.
//
// A plain body is a simple request, which the browser makes without asking for leave (a CORS preflight);
// a compressed one needs headers of its own, and for them that leave.

import type { Host } from '../host.ts';
import type { Batch, Outcome } from '../types.ts';

/** https://fetch.spec.whatwg.org/#http-network-or-cache-fetch: bytes of all keepalive bodies in flight. */
export const KEEPALIVE_QUOTA = 65_536;

const API_VERSION = '0.6.0';
const TIMEOUT_MS = 30_000;

/** Bytes of keepalive bodies in flight, of all copies of this library on the page. */
interface Quota {
  inFlight: number;
}

const PLAIN_TYPE = 'text/plain;charset=UTF-8';
const QUOTA = Symbol.for('webtrack keepalive quota');

export class Transport {
  readonly #url: string;
  readonly #host: Pick<Host, 'page' | 'lasting'>;
  readonly #quota: Quota;
  /** It has answered a request that needed a preflight. */
  #isOpen = false;

  /** `url` is that of the logstore's track call, without a query; it stays the same for every request,
   * as browsers remember a preflight's answer by address. */
  constructor(url: string, host: Pick<Host, 'page' | 'lasting'>) {
    this.#url = url;
    this.#host = host;
    const shared = globalThis as { [QUOTA]?: Quota };
    shared[QUOTA] ??= { inFlight: 0 };
    this.#quota = shared[QUOTA];
  }

  /** A compressed request may have to wait for a preflight, as none was answered yet. */
  get needsPreflight(): boolean {
    return !this.#isOpen;
  }

  /** Bytes that a request which outlives the page may have now. */
  get keepaliveRoom(): number {
    return KEEPALIVE_QUOTA - this.#quota.inFlight;
  }

  /** Sends a batch, so that it outlives the page when the quota allows. Never rejects. */
  async send(batch: Batch): Promise<Outcome> {
    const { length } = batch.body;
    // Chromium frees the quota a little after an answer, and lets the next large request fail until then.
    if (this.#host.lasting || length > this.keepaliveRoom) return this.#fetch(batch, false);
    this.#quota.inFlight += length;
    try {
      return await this.#fetch(batch, true);
    } finally {
      this.#quota.inFlight -= length;
    }
  }

  /** Sends a plain batch as a beacon, to which there is no answer. False: refused. */
  beacon({ body }: Batch): boolean {
    // Any other type would need a preflight with credentials, which the endpoint's answer fails.
    return (
      this.#host.page?.beacon(this.#simpleUrl(), new Blob([body], { type: PLAIN_TYPE })) ?? false
    );
  }

  async #fetch({ body, rawBytes, encoding }: Batch, keepalive: boolean): Promise<Outcome> {
    const simple = encoding === 'plain';
    try {
      const response = await fetch(simple ? this.#simpleUrl() : this.#url, {
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
        // No `cache`: a mode of its own would make Chromium ask for leave (a preflight) before every batch.
        // The endpoint allows any origin, which browsers accept for anonymous requests only.
        credentials: 'omit',
        signal: AbortSignal.timeout?.(TIMEOUT_MS) ?? null,
      });
      const { status } = response;
      this.#isOpen ||= !simple;
      return response.ok ? { status } : { status, ...(await refusal(response)) };
    } catch {
      return { status: 0 };
    }
  }

  #simpleUrl = () => `${this.#url}?APIVersion=${API_VERSION}`;
}

async function refusal(response: Response): Promise<Omit<Outcome, 'status'>> {
  const retryAfter = waitAsked(response.headers.get('retry-after'));
  try {
    // Errors of the endpoint are short; whatever else somebody answers with is not read to its end.
    const reader = response.body?.getReader();
    const part = await reader?.read();
    void reader?.cancel();
    const { errorCode } = JSON.parse(new TextDecoder().decode(part?.value));
    return typeof errorCode === 'string' ? { retryAfter, errorCode } : { retryAfter };
  } catch {
    return { retryAfter };
  }
}

// Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
function waitAsked(retryAfter: string | null): number {
  if (retryAfter === null) return 0;
  const seconds = Number(retryAfter);
  const milliseconds = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return Math.max(0, milliseconds) || 0;
}
