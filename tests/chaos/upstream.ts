// Forwards a request to the collector unchanged.
import { type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export async function forward(
  origin: string,
  { method, url = '/', headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const address = new URL(url, origin);
  // A new connection for each request: the collector closes idle ones, which would add an unplanned fault.
  const settings = { method, agent: false, headers: { ...headers, host: address.host } };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    send(address, settings, resolve).on('error', reject).end(body);
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await buffer(response),
  };
}
