// The proxy's own answers.
import type { Injection } from './faults.ts';
import type { Answer } from './upstream.ts';

/** An error as SLS words it; without an error code, HTML as from a proxy. */
export function answerOf({
  status,
  errorCode,
  retryAfter,
}: Extract<Injection, { do: 'answer' }>): Answer {
  const body = errorCode
    ? JSON.stringify({ errorCode, errorMessage: `${errorCode}, says the fault proxy.` })
    : '<html><title>fault proxy</title></html>';
  return {
    status,
    headers: {
      'access-control-allow-origin': '*',
      'content-type': errorCode ? 'application/json' : 'text/html',
      ...(errorCode && { 'x-log-requestid': '0123456789ABCDEF01234567' }),
      ...(retryAfter && {
        'retry-after':
          retryAfter.as === 'seconds' ? String(retryAfter.seconds) : dateIn(retryAfter.seconds),
        // Otherwise a page of another origin cannot read the header.
        'access-control-expose-headers': 'Retry-After',
      }),
    },
    body: Buffer.from(body),
  };
}

/** The given answer, or a 502, without the CORS header that lets a page of another origin read it. */
export function hidden(answer?: Answer): Answer {
  const { status, headers, body } = answer ?? answerOf({ do: 'answer', status: 502 });
  const { 'access-control-allow-origin': _, ...rest } = headers;
  return { status, headers: rest, body };
}

const dateIn = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString();
