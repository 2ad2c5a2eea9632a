// The endpoint of all clients: gives each client the answer that it expects, and counts requests and bytes.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { answerPeer } from '../race/peer_answer.ts';

export interface Traffic {
  /** Without preflights. */
  requests: number;
  preflights: number;
  /** Size of all bodies. */
  bodyBytes: number;
  /** Size of all request lines and headers in HTTP/1.1, those of preflights included. */
  headerBytes: number;
}

const NOTHING: Traffic = { requests: 0, preflights: 0, bodyBytes: 0, headerBytes: 0 };

export class Endpoint {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #traffic = { ...NOTHING };

  static async start(): Promise<Endpoint> {
    const endpoint = new Endpoint();
    await new Promise<void>((resolve) => endpoint.#server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The traffic since the last call. */
  take(): Traffic {
    const traffic = this.#traffic;
    this.#traffic = { ...NOTHING };
    return traffic;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isPreflight = request.method === 'OPTIONS';
    // Counted before the body is read, because the browser may close before the whole body has arrived.
    this.#traffic[isPreflight ? 'preflights' : 'requests']++;
    this.#traffic.headerBytes += headerBytes(request);
    try {
      this.#traffic.bodyBytes += (await buffer(request)).length;
    } catch {
      response.destroy();
      return;
    }
    if (request.url?.startsWith('/logstores/')) answerOurs(request, response);
    else answerPeer(request, response, isPreflight ? 204 : 200);
  }
}

function headerBytes({ method, url, httpVersion, rawHeaders }: IncomingMessage): number {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  }
  return Buffer.byteLength(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Answers as SLS does. */
function answerOurs({ headers }: IncomingMessage, response: ServerResponse): void {
  const method = headers['access-control-request-method'];
  const names = headers['access-control-request-headers'];
  response.writeHead(200, {
    'access-control-allow-origin': '*',
    ...(method && { 'access-control-allow-methods': method }),
    ...(names && { 'access-control-allow-headers': names }),
    'access-control-max-age': '86400',
    'content-length': '0',
    server: 'nginx',
    'x-log-requestid': '5EA51423BA6BF8AE3B0D7C21',
  });
  response.end();
}
