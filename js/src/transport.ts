// One HTTP request: a batch to the endpoint, an outcome back. And what a page that is leaving may still
// send: requests that outlive it share a quota of 64 KiB.
//
// A plain body is a simple request, which the browser makes without asking for leave (a CORS preflight);
// a compressed one needs headers of its own, and for them that leave.

import type { Batch, Outcome } from './types.ts';

/** https://fetch.spec.whatwg.org/#http-network-or-cache-fetch: bytes of all keepalive bodies in flight. */
export const KEEPALIVE_QUOTA = 65_536;

const API_VERSION = '0.6.0';
const TIMEOUT_MS = 30_000;
/** https://www.alibabacloud.com/help/sls: what a GET call may have in all, less what is not its address. */
const MAX_GET_CHARS = 15_000;

/** Bytes of keepalive bodies in flight, of all copies of this library on the page. */
interface Quota {
  inFlight: number;
}

const PLAIN_TYPE = 'text/plain;charset=UTF-8';
const QUOTA = Symbol.for('webtrack keepalive quota');

export class Transport {
  readonly #url: string;
  readonly #quota: Quota;
  #blocked = false;
  readonly #onViolation = ({ blockedURI, disposition }: SecurityPolicyViolationEvent) => {
    if (disposition === 'enforce' && blockedURI.startsWith(this.#url)) this.#blocked = true;
  };

  /** `url` is that of the logstore's track call, without a query; it stays the same for every request,
   * as browsers remember a preflight's answer by address. */
  constructor(url: string) {
    this.#url = url;
    const page = globalThis as { [QUOTA]?: Quota };
    page[QUOTA] ??= { inFlight: 0 };
    this.#quota = page[QUOTA];
    globalThis.addEventListener?.('securitypolicyviolation', this.#onViolation);
  }

  stop(): void {
    globalThis.removeEventListener?.('securitypolicyviolation', this.#onViolation);
  }

  /** Bytes that a request which outlives the page may have now. */
  get keepaliveRoom(): number {
    return KEEPALIVE_QUOTA - this.#quota.inFlight;
  }

  /** Sends a batch, so that it outlives the page when the quota allows. Never rejects. */
  async send(batch: Batch): Promise<Outcome> {
    const { length } = batch.body;
    if (length > this.keepaliveRoom) return this.#fetch(batch, false);
    this.#quota.inFlight += length;
    try {
      return await this.#fetch(batch, true);
    } finally {
      this.#quota.inFlight -= length;
    }
  }

  /** Sends a plain batch as a beacon, to which there is no answer. False: refused. */
  beacon(batch: Batch): boolean {
    try {
      // Any other type would need a preflight with credentials, which the endpoint's answer fails.
      return navigator.sendBeacon(this.#simpleUrl(), new Blob([batch.body], { type: PLAIN_TYPE }));
    } catch {
      return false;
    }
  }

  /**
   * Sends one event by an image's address. Status 413 when the event is too long for that. Never rejects.
   */
  pixel(fields: Readonly<Record<string, string>>): Promise<Outcome> {
    return new Promise((settle) => {
      const url = `${this.#url}.gif?${new URLSearchParams({ APIVersion: API_VERSION, ...fields })}`;
      if (url.length > MAX_GET_CHARS) return settle({ status: 413 });
      const image = new Image();
      const end = (status: number) => {
        clearTimeout(timer);
        settle({ status });
      };
      const timer = setTimeout(end, TIMEOUT_MS, 0);
      image.crossOrigin = 'anonymous'; // without the endpoint's cookies
      image.onload = () => end(200);
      // A service that answers with nothing has stored the event all the same.
      image.onerror = () => end(statusOf(url));
      image.src = url;
    });
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
      return response.ok ? { status } : { status, ...(await refusal(response)) };
    } catch {
      return { status: 0, blocked: this.#blocked };
    }
  }

  #simpleUrl = () => `${this.#url}?APIVersion=${API_VERSION}`;
}

function statusOf(url: string): number {
  const [timing] = performance.getEntriesByName(url) as PerformanceResourceTiming[];
  return timing?.responseStatus ?? 0;
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
