// The endpoint's answer to the peers.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer that every peer accepts and that a page of any origin may read. */
export function answerPeer(
  { headers }: IncomingMessage,
  response: ServerResponse,
  status: number,
): void {
  response.writeHead(status, {
    'access-control-allow-origin': headers.origin ?? '*',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '600',
    ...(status !== 204 && { 'content-type': 'application/json' }),
  });
  response.end(status === 200 ? '{"status":1,"code":200}' : undefined);
}
