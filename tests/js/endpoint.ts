// An HTTP endpoint whose answers the test controls.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Encoding } from '../../js/src/engine/types.ts';
import { bodyOf } from './shipped_core.ts';

export interface Request {
  path: string;
  headers: IncomingMessage['headers'];
  json: { __logs__: Record<string, string>[]; __tags__: Record<string, string> };
}

export type Answer = (response: ServerResponse) => void;

/** Answers with `answer` and keeps all requests. */
export class Endpoint {
  readonly requests: Request[] = [];
  answer: Answer = (response) => response.end();
  readonly #server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = new Uint8Array(Buffer.concat(parts));
      const { headers } = request;
      const encoding = (headers['x-log-compresstype'] ?? 'plain') as Encoding;
      const rawBytes = Number(headers['x-log-bodyrawsize'] ?? body.length);
      const json = JSON.parse(bodyOf({ body, encoding, rawBytes, events: 0 }));
      this.requests.push({ path: request.url ?? '', headers, json });
      this.answer(response);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get events(): (string | undefined)[] {
    return this.requests.flatMap(({ json }) => json.__logs__.map(({ event }) => event));
  }
}
