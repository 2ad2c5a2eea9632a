// A proxy between pages and the collector that applies a fault to track requests.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, type Injection, noFault } from './faults.ts';
import { answerOf, hidden } from './proxy_answers.ts';
import { between, pick, type Random } from './random.ts';
import { type Answer, forward } from './upstream.ts';
import { describeRequest, inShort, meets, type WireRequest } from './wire_request.ts';

export class FaultProxy {
  /** Every track request in order of arrival. Preflights are only counted. */
  readonly requests: WireRequest[] = [];
  preflights = 0;
  /** When connections were cut before their request was read, because the endpoint was down or the sender offline. */
  readonly refusals: number[] = [];

  readonly #collector: string;
  readonly #trace: (line: string) => void;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #open = new Set<ServerResponse>();
  #fault: Fault = noFault;
  #random: Random = Math.random;
  /** Ends the waits and outages of the current fault. */
  #calm = new AbortController();
  #down = false;
  /** The browser is offline: every connection is cut. */
  #unreachable = false;

  private constructor(collector: string, trace: (line: string) => void) {
    this.#collector = collector;
    this.#trace = trace;
    this.#server.on('connection', (socket: Socket) => {
      if (!this.#down && !this.#unreachable) return;
      this.refusals.push(Date.now());
      socket.resetAndDestroy();
    });
  }

  /** `collector`: the collector's origin. `trace` gets a line for each finished request. */
  static async start(collector: string, trace: (line: string) => void): Promise<FaultProxy> {
    const proxy = new FaultProxy(collector, trace);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Number of requests that wait for an answer. */
  get underWay(): number {
    return this.#open.size;
  }

  /** Cuts all connections until the returned function is called. */
  cutOff(): () => void {
    this.#unreachable = true;
    this.#cut();
    return () => {
      this.#unreachable = false;
    };
  }

  /** Applies `fault` until the next call. */
  use(fault: Fault, random: Random): void {
    this.calm();
    this.#fault = fault;
    this.#random = random;
    if (fault.outages) void this.#comeAndGo(fault.outages, this.#calm.signal);
  }

  /** Ends the fault; stalled connections are reset. */
  calm(): void {
    this.#calm.abort();
    this.#calm = new AbortController();
    this.#fault = noFault;
    this.#down = false;
  }

  async stop(): Promise<void> {
    this.calm();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #comeAndGo({ up, down }: NonNullable<Fault['outages']>, end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      await until(between(this.#random, ...up), end);
      if (end.aborted) return;
      this.#down = true;
      this.#cut();
      await until(between(this.#random, ...down), end);
      if (!end.aborted) this.#down = false;
    }
  }

  #cut(): void {
    for (const response of this.#open) response.socket?.resetAndDestroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    // One request per connection: Chromium itself repeats a request when a reused connection is reset, which would hide
    // what the library does.
    response.setHeader('connection', 'close');
    try {
      const bytes = await buffer(request);
      if (request.method === 'OPTIONS') {
        this.preflights++;
        write(response, await forward(this.#collector, request, bytes));
      } else {
        await this.#track(request, response, bytes);
      }
    } catch {
      // The sender went away in the middle of its request, or was cut off.
      this.refusals.push(Date.now());
      response.destroy();
    }
  }

  async #track(request: IncomingMessage, response: ServerResponse, bytes: Buffer): Promise<void> {
    const record = describeRequest(request, bytes);
    this.requests.push(record);
    response.once('finish', () => {
      record.answered = Date.now();
      record.status = response.statusCode;
    });
    response.once('close', () => {
      if (!response.writableFinished) record.lost = 'cut';
      this.#trace(inShort(record));
    });
    const store = async (): Promise<Answer> => {
      const answer = await forward(this.#collector, request, bytes);
      if (answer.status === 200) record.stored = Date.now();
      return answer;
    };
    const { injections, share, when } = this.#fault;
    const isMet = meets(record.body, when) && this.#random() < share;
    const [first, ...more] = isMet ? injections : [];
    if (first === undefined) write(response, await store());
    else await this.#inject(pick(this.#random, [first, ...more]), record, response, store);
  }

  async #inject(
    injection: Injection,
    record: WireRequest,
    response: ServerResponse,
    store: () => Promise<Answer>,
  ): Promise<void> {
    const calm = this.#calm.signal;
    record.fate = injection.do;
    switch (injection.do) {
      case 'answer':
        record.fate = String(injection.status);
        write(response, answerOf(injection));
        return;
      case 'reset':
      case 'stall':
        if (injection.stored) await store();
        if (injection.do === 'stall') await until(injection.ms, calm);
        response.socket?.resetAndDestroy();
        return;
      case 'truncate': {
        const { status, headers } = await store();
        // Promises more bytes than it sends.
        response.writeHead(status, { ...headers, connection: 'close', 'content-length': '64' });
        response.write('{', () => response.socket?.end());
        return;
      }
      case 'hide':
        record.lost = 'hidden';
        write(response, hidden(injection.stored ? await store() : undefined));
        return;
      case 'slow':
        await until(
          injection.latencyMs + (1_000 * record.wireBytes) / injection.bytesPerSecond,
          calm,
        );
        write(response, await store());
    }
  }
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...rest } = headers;
  response.writeHead(status, rest).end(body);
}

/** Waits for `ms`, or until the signal aborts. */
async function until(ms: number, end: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: end, ref: false }).catch(() => {});
}
