// The endpoint of all clients: answers after a delay like a distant server, counts events, and can fail. It forwards
// this library's requests to the real collector and counts what the collector has stored.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { forward } from '../chaos/upstream.ts';
import type { Collector } from '../collector/collector_process.ts';
import { markersIn } from './bodies.ts';
import { answerPeer } from './peer_answer.ts';

/** Milliseconds before each answer. */
const ANSWER_MS = 100;

/** `refusing` answers 503, `dropping` resets every connection. */
export type State = 'up' | 'refusing' | 'dropping';

export interface Totals {
  /** Complete requests with events. */
  requests: number;
  /** Size of their bodies. */
  bytes: number;
}

export class Endpoint {
  /** Requests that were refused and connections that were dropped. */
  failures = 0;
  readonly #collector: Collector | undefined;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new Set<Socket>();
  readonly #received = new Map<string, number>();
  readonly #paths = new Set<string>();
  readonly #totals: Totals = { requests: 0, bytes: 0 };
  #state: State = 'up';
  #underWay = 0;
  #lastActive = performance.now();

  private constructor(collector: Collector | undefined) {
    this.#collector = collector;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
      if (this.#state === 'dropping') this.#drop(socket);
    });
  }

  /** With a `collector`, forwards requests to it. */
  static async start(collector?: Collector): Promise<Endpoint> {
    const endpoint = new Endpoint(collector);
    await new Promise<void>((resolve) => endpoint.#server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get totals(): Totals {
    return { ...this.#totals };
  }

  set state(state: State) {
    this.#state = state;
    if (state === 'dropping') for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** How often each marker was stored. */
  async stored(): Promise<Map<string, number>> {
    if (!this.#collector) return this.#received;
    const stored = new Map<string, number>();
    for (let after = 0; ; ) {
      const logs = await this.#collector.logs({ after, limit: 10_000 });
      const last = logs.at(-1);
      if (!last) return stored;
      for (const { m } of logs) stored.set(String(m), (stored.get(String(m)) ?? 0) + 1);
      after = last.__id__;
    }
  }

  /** Whether a request to this path has come. */
  hasSeen(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Resolves when no request is open and none has come for `ms` milliseconds since the call. */
  async quiet(ms: number): Promise<void> {
    this.#lastActive = performance.now();
    while (this.#underWay > 0 || performance.now() - this.#lastActive < ms) await delay(25);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underWay++;
    this.#paths.add(request.url ?? '');
    try {
      const body = await buffer(request);
      const answered = delay(ANSWER_MS);
      if (this.#state === 'dropping') this.#drop(request.socket);
      else if (this.#state === 'refusing' && request.method === 'POST') {
        this.failures++;
        await answered;
        answerPeer(request, response, 503);
      } else await this.#take(request, response, body, answered);
    } catch {
      // The sender went away in the middle of its request.
      response.destroy();
    } finally {
      this.#underWay--;
      this.#lastActive = performance.now();
    }
  }

  async #take(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    answered: Promise<void>,
  ): Promise<void> {
    const markers = request.method === 'POST' ? markersIn(body, request.headers) : [];
    for (const marker of markers) {
      this.#received.set(marker, (this.#received.get(marker) ?? 0) + 1);
    }
    if ([...markers].length > 0) {
      this.#totals.requests++;
      this.#totals.bytes += body.length;
    }
    if (this.#collector) {
      const { status, headers, body: answer } = await forward(this.#collector.url, request, body);
      const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...rest } = headers;
      await answered;
      response.writeHead(status, rest).end(answer);
    } else {
      await answered;
      answerPeer(request, response, request.method === 'OPTIONS' ? 204 : 200);
    }
  }

  #drop(socket: Socket): void {
    this.failures++;
    socket.resetAndDestroy();
  }
}
