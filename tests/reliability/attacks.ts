// Attacks on the collector: what each is answered, what it costs, and how long an honest client waits meanwhile.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { type Collector, startCollector } from '../collector/collector_process.ts';
import { bodyOf, exchange, lz4Literals, post } from '../collector/requests.ts';
import { median } from '../race/report.ts';
import { memoryOf, threadsOf } from './process.ts';

const CONNECTIONS = 5_000;
/** How long the slow connections last. */
const SLOW_MS = 15_000;
const HONEST_EVERY_MS = 100;
/** Connections come from so many loopback addresses, as a botnet's would. */
const ADDRESSES = 250;
const MIB = 1024 * 1024;

export interface SlowAttack {
  title: string;
  connections: number;
  closed: number;
  /** Milliseconds that an honest client waits for its answer. */
  median: number;
  most: number;
  honest: number;
  refused: number;
  threads: number;
  memoryBefore: number;
  memoryAfter: number;
}

const HEAD = 'POST /logstores/web/track HTTP/1.1\r\nHost: localhost\r\n';

const SLOW = [
  { title: 'heads of a byte a second', first: `${HEAD}X-A: `, more: 'a' },
  {
    title: 'bodies of a byte a second',
    first: `${HEAD}Content-Length: 100000\r\n\r\n{`,
    more: 'a',
  },
  { title: 'silent connections', first: '', more: '' },
];

export async function slowAttacks(): Promise<SlowAttack[]> {
  const rows: SlowAttack[] = [];
  for (const attack of SLOW) rows.push(await slowAttack(attack));
  return rows;
}

async function slowAttack({ title, first, more }: (typeof SLOW)[number]): Promise<SlowAttack> {
  const collector = await startCollector({ args: ['--quiet'] });
  const sockets: Socket[] = [];
  let closed = 0;
  try {
    const memoryBefore = await memoryOf(collector);
    const { hostname, port } = new URL(collector.url);
    for (let n = 0; n < CONNECTIONS; n++) {
      const localAddress = `127.0.1.${1 + (n % ADDRESSES)}`;
      const socket = connect({ host: hostname, port: Number(port), localAddress });
      socket.on('error', () => {});
      socket.on('close', () => closed++);
      sockets.push(socket);
      await once(socket, 'connect');
      if (first) socket.write(first);
    }
    const drip = setInterval(() => {
      for (const socket of sockets) if (more && socket.writable) socket.write(more);
    }, 1_000);
    const waits: number[] = [];
    let refused = 0;
    for (const end = performance.now() + SLOW_MS; performance.now() < end; ) {
      const since = performance.now();
      const { status } = await post(collector.trackUrl, bodyOf([{ event: 'honest' }]));
      if (status !== 200) refused++;
      waits.push(performance.now() - since);
      await delay(HONEST_EVERY_MS);
    }
    clearInterval(drip);
    return {
      title,
      connections: CONNECTIONS,
      closed,
      median: Math.round(median(waits)),
      most: Math.round(Math.max(...waits)),
      honest: waits.length,
      refused,
      threads: await threadsOf(collector),
      memoryBefore,
      memoryAfter: await memoryOf(collector),
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    await collector.stop();
  }
}

export interface Attack {
  title: string;
  /** Status and error code. */
  answer: string;
  /** The collector answered an honest client afterwards. */
  isHealthy: boolean;
  milliseconds: number;
  memoryBefore: number;
  memoryAfter: number;
}

const lz4 = { 'x-log-apiversion': '0.6.0', 'x-log-compresstype': 'lz4' };
const deflate = { ...lz4, 'x-log-compresstype': 'deflate' };
const zeros = () => new Uint8Array(200 * MIB);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Each returns the answer as text: that of fetch, or what came over a raw connection. */
const ATTACKS: Readonly<Record<string, (collector: Collector) => Promise<Response | string>>> = {
  'a log with 80,000 keys': ({ trackUrl }) =>
    post(trackUrl, bodyOf([Object.fromEntries(numbers(80_000).map((n) => [`key ${n}`, '']))])),
  'JSON of 100,000 nested arrays': ({ trackUrl }) => post(trackUrl, '['.repeat(100_000)),
  'a body of 65 MiB': ({ trackUrl }) => post(trackUrl, new Uint8Array(65 * MIB)),
  'deflate of 200 MiB of zeros, said to be 10 MB': ({ trackUrl }) =>
    post(trackUrl, new Uint8Array(deflateSync(zeros())), {
      ...deflate,
      'x-log-bodyrawsize': '10000000',
    }),
  'deflate of 200 MiB of zeros, said to be 200 MiB': ({ trackUrl }) =>
    post(trackUrl, new Uint8Array(deflateSync(zeros())), {
      ...deflate,
      'x-log-bodyrawsize': String(200 * MIB),
    }),
  'LZ4 with a wrong raw size': ({ trackUrl }) =>
    post(trackUrl, lz4Literals(new TextEncoder().encode(bodyOf([{ a: '1' }]))), {
      ...lz4,
      'x-log-bodyrawsize': '10000000',
    }),
  'a head of 1 MiB': ({ url }) => exchange(url, `${HEAD}X-A: ${'a'.repeat(MIB)}\r\n\r\n`),
  'a blank before the colon of Content-Length': ({ url }) =>
    exchange(url, `${HEAD}Content-Length : 5\r\n\r\nabcde`),
  'two lengths': ({ url }) =>
    exchange(url, `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`),
  'a path out of the site': ({ url }) =>
    exchange(url, 'GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
  'SQL in a parameter': ({ url }) => fetch(`${url}/api/logs?event=' OR 1=1; DROP TABLE logs;--`),
};

export async function attacks(): Promise<Attack[]> {
  const rows: Attack[] = [];
  for (const [title, attack] of Object.entries(ATTACKS)) {
    const collector = await startCollector({ args: ['--quiet'] });
    try {
      await post(collector.trackUrl, bodyOf([{ event: 'before' }]));
      const memoryBefore = await memoryOf(collector);
      const since = performance.now();
      const answer = await answerOf(attack(collector));
      const milliseconds = Math.round(performance.now() - since);
      const memoryAfter = await memoryOf(collector);
      const after = await post(collector.trackUrl, bodyOf([{ event: 'after' }]));
      const isHealthy = after.status === 200;
      rows.push({ title, answer, isHealthy, milliseconds, memoryBefore, memoryAfter });
    } finally {
      await collector.stop();
    }
  }
  return rows;
}

async function answerOf(attack: Promise<Response | string>): Promise<string> {
  const answer = await attack;
  const [status, text] =
    typeof answer === 'string'
      ? [/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 'closed', answer]
      : [String(answer.status), await answer.text()];
  const code = /"errorCode":"(\w+)"/.exec(text)?.[1];
  const count = /"logs":\[\]/.test(text) ? 'no rows' : undefined;
  return [status, code ?? count].filter(Boolean).join(' ');
}
