// Requests byte by byte, as https://www.rfc-editor.org/rfc/rfc9112 has them: what is ambiguous is refused, and the
// connection is closed, because its next bytes may be part of a body.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';
import { bodyOf, exchange } from './requests.ts';

let collector: Collector;

beforeAll(async () => {
  collector = await startCollector({ args: ['--faults'] });
});
afterAll(() => collector.stop());

const body = bodyOf([{ event: 'sent' }]);
const LINE = 'POST /logstores/web/track HTTP/1.1\r\n';
const HOST = 'Host: localhost\r\n';

/** The request that a body smuggles in. */
const INNER = `GET /api/summary HTTP/1.1\r\n${HOST}\r\n`;

const LARGE = 12_000_000;

/** Bytes that come until a large answer has come, or the connection is closed. */
async function bytesOf(socket: Socket): Promise<number> {
  let bytes = 0;
  for await (const part of socket) {
    bytes += part.length;
    if (bytes > LARGE) break;
  }
  return bytes;
}

/** Status and JSON of each answer on the connection, until the collector closes it. */
async function answersTo(...pieces: string[]): Promise<[status: number, body: unknown][]> {
  const text = await exchange(collector.url, ...pieces);
  return text.split(/(?=HTTP\/1\.1 \d)/).map((answer) => {
    const [head = '', content = ''] = answer.split('\r\n\r\n');
    return [Number(head.split(' ')[1]), content && JSON.parse(content)];
  });
}

describe('a request that another reader would see as two is refused, and the connection closed:', () => {
  test.each([
    ['a blank before the colon', `${LINE}${HOST}Content-Length : ${INNER.length}\r\n\r\n${INNER}`],
    ['a line that continues', `${LINE}${HOST}X: a\r\n Content-Length: 9\r\n\r\n${INNER}`],
    ['a bare CR', `${LINE}${HOST}X: a\rContent-Length: 9\r\n\r\n${INNER}`],
    ['a bare LF', `${LINE}${HOST}X: a\nContent-Length: 9\r\n\r\n${INNER}`],
    ['NUL', `${LINE}${HOST}X: a\0b\r\n\r\n${INNER}`],
    ['two lengths', `${LINE}${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx${INNER}`],
    [
      'a length and chunks',
      `${LINE}${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER}`,
    ],
    ['two hosts', `${LINE}${HOST}${HOST}\r\n${INNER}`],
    ['no host', `${LINE}\r\n${INNER}`],
  ])('%s', async (_, request) => {
    expect(await answersTo(request)).toEqual([[400, { error: 'bad request' }]]);
  });
});

test.each([
  ['414 for a target', 414, 'uri too long', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n${HOST}\r\n`],
  [
    '431 for headers',
    431,
    'request header fields too large',
    `${LINE}${HOST}X: ${'a'.repeat(70_000)}\r\n\r\n${INNER}`,
  ],
  ['505 for another version', 505, 'http version not supported', `GET / HTTP/2.0\r\n${HOST}\r\n`],
])('what is too much is refused by %s', async (_, status, error, request) => {
  expect(await answersTo(request)).toEqual([[status, { error }]]);
});

describe('chunks', () => {
  const chunked = `${LINE}${HOST}Transfer-Encoding: chunked\r\n\r\n`;
  const size = body.length.toString(16);
  const last = `GET /api/summary HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;

  test('with extensions and trailers are read, and the next request after them', async () => {
    const answers = await answersTo(
      `${chunked}${size};name=value\r\n${body}\r\n0;last\r\nExpires: now\r\nX: y\r\n\r\n`,
      last,
    );
    expect(answers.map(([status]) => status)).toEqual([200, 200]);
    expect(await collector.logs({ limit: 1 })).toMatchObject([{ event: 'sent' }]);
  });

  test.each([
    ['a size that is no number', `${chunked}x\r\n${body}\r\n0\r\n\r\n`],
    ['a chunk that is longer than its size', `${chunked}1\r\n${body}\r\n0\r\n\r\n`],
    ['a size with a sign', `${chunked}+${size}\r\n${body}\r\n0\r\n\r\n`],
    ['lines that end in LF', `${chunked}${size}\n${body}\n0\n\n`],
  ])('with %s are refused, and the connection closed', async (_, request) => {
    const answers = await answersTo(request, last);
    expect(answers.map(([status]) => status)).toEqual([400]);
  });
});

describe('connections that are slow or silent take no worker', () => {
  const PIECES: Record<string, string> = {
    'no byte': '',
    'half a head': `${LINE}${HOST}X: `,
    'half a body': `${LINE}${HOST}Content-Length: 100000\r\n\r\n{`,
    'half a chunk': `${LINE}${HOST}Transfer-Encoding: chunked\r\n\r\nfff\r\n{`,
    'a body that is too large': `${LINE}${HOST}Content-Length: 20000000\r\n\r\n{`,
  };

  test.each(Object.entries(PIECES))('%s', async (_, piece) => {
    const { hostname, port } = new URL(collector.url);
    const opened = Array.from({ length: 400 }, async () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      await new Promise((open) => socket.on('connect', open));
      socket.write(piece);
      return socket;
    });
    const sockets = await Promise.all(opened);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fetch(collector.trackUrl, { method: 'POST', body })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const socket of sockets) socket.destroy();
  });
});

test('clients that do not read an answer take no worker, and may get it whole later', async () => {
  const site = await mkdtemp(join(tmpdir(), 'site-'));
  // Larger than what the system keeps for a connection.
  await writeFile(join(site, 'large.txt'), 'a'.repeat(LARGE));
  const server = await startCollector({ args: ['--site', site] });
  const { hostname, port } = new URL(server.url);
  // More than there are workers.
  const sockets = Array.from({ length: 40 }, () => connect(Number(port), hostname));
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n');
  }
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => fetch(server.trackUrl, { method: 'POST', body })),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  // If the workers had waited for these clients, the answers above would have come only after the time limit.
  expect(await bytesOf(sockets[0] as Socket)).toBeGreaterThan(LARGE);
  for (const socket of sockets) socket.destroy();
  expect(await server.stop()).toBe(0);
  await rm(site, { recursive: true });
}, 60_000);

test('answers that were read take no room from later ones', async () => {
  const site = await mkdtemp(join(tmpdir(), 'site-'));
  await writeFile(join(site, 'large.txt'), 'a'.repeat(5 * LARGE));
  const server = await startCollector({ args: ['--site', site] });
  const { hostname, port } = new URL(server.url);
  // Together more than what may wait at once, which is 512 MiB.
  for (let n = 0; n < 10; n++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write('GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // The connection stays open.
    await new Promise<void>((done) => {
      let bytes = 0;
      socket.on('data', (part) => {
        bytes += part.length;
        if (bytes > 5 * LARGE) done();
      });
    });
  }
  const large = body.padEnd(10_000_000, ' ');
  expect((await fetch(server.trackUrl, { method: 'POST', body: large })).status).toBe(200);
  expect(await server.stop()).toBe(0);
  await rm(site, { recursive: true });
}, 60_000);

test('a live stream, which is chunked, needs HTTP/1.1', async () => {
  const answers = await answersTo(`GET /api/live HTTP/1.0\r\n${HOST}Connection: close\r\n\r\n`);
  expect(answers).toEqual([[505, { error: 'HTTP/1.1 is needed' }]]);
});

test.each([
  ['is larger than any limit', 60_000_000, 17_000_000, 33],
  ['is not', 10_000_000, 9_000_000, 64],
])(
  'bodies that stall take no room from whole ones, if what they announce %s',
  async (_, announced, sent, count) => {
    // Together more than what may wait at once, which is 512 MiB.
    const { hostname, port } = new URL(collector.url);
    const begun = Buffer.alloc(sent, ' ');
    const sockets = Array.from({ length: count }, () => connect(Number(port), hostname));
    await Promise.all(
      sockets.map(async (socket) => {
        socket.on('error', () => {});
        socket.write(`${LINE}${HOST}Content-Length: ${announced}\r\n\r\n`);
        await new Promise<void>((done) => {
          socket.on('close', () => done());
          socket.write(begun, () => done());
        });
      }),
    );
    for (let n = 0; n < 20; n++) {
      const { status } = await fetch(collector.trackUrl, { method: 'POST', body });
      expect([n, status]).toEqual([n, 200]);
    }
    for (const socket of sockets) socket.destroy();
  },
  60_000,
);

test('bodies that were answered take no room from later ones', async () => {
  // Together more than what may wait at once, which is 512 MiB.
  const large = body.padEnd(10_000_000, ' ');
  for (let n = 0; n < 60; n++) {
    const { status } = await fetch(collector.trackUrl, { method: 'POST', body: large });
    if (status !== 200) expect([n, status]).toEqual([n, 200]);
  }
  expect((await fetch(collector.trackUrl, { method: 'POST', body })).status).toBe(200);
});
