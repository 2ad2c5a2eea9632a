// One request to the collector, byte for byte as it came.
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
  // A connection for each: the collector closes idle ones, which would be a fault that nobody ordered.
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
