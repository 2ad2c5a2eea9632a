// Answers that the proxy gives of its own.
import type { Injection } from './faults.ts';
import type { Answer } from './upstream.ts';

/** As the service words its errors; one without a code is a proxy's HTML. */
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
        // No header but a few is readable across origins unless it says so.
        'access-control-expose-headers': 'Retry-After',
      }),
    },
    body: Buffer.from(body),
  };
}

/** The collector's answer, or a proxy's error, that a page of another origin may not read. */
export function hidden(answer?: Answer): Answer {
  const { status, headers, body } = answer ?? answerOf({ do: 'answer', status: 502 });
  const { 'access-control-allow-origin': _, ...rest } = headers;
  return { status, headers: rest, body };
}

const dateIn = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString();
