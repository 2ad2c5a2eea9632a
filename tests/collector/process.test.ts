// The collector as a program: start, stop, and what remains stored afterwards.
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCollector } from './collector_process.ts';
import { bodyOf, post } from './requests.ts';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collector-process-'));
});
afterAll(() => rm(folder, { recursive: true }));

const file = (name: string) => join(folder, name);

test('prints where it listens', async () => {
  const collector = await startCollector({ args: ['--project', 'shop'], db: file('ready.db') });
  expect(collector.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(collector.project).toBe('shop');
  expect(collector.logstores).toEqual(['web']);
  expect(await collector.stop()).toBe(0);
  expect(await collector.stop()).toBe(0);
});

test('ends on SIGINT without any request', async () => {
  const collector = await startCollector();
  expect(await collector.stop('SIGINT')).toBe(0);
});

test('listens on IPv6', async (context) => {
  const hasIpv6 = await run('cat', ['/proc/net/if_inet6']).then(
    ({ stdout }) => stdout !== '',
    () => false,
  );
  if (!hasIpv6) context.skip();
  const collector = await startCollector({ args: ['--host', '::1'] });
  expect(collector.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await post(collector.trackUrl, bodyOf([{ a: 'b' }]))).status).toBe(200);
  await collector.stop();
});

test('does not share its port', async () => {
  const first = await startCollector();
  const port = new URL(first.url).port;
  await expect(startCollector({ args: ['--port', port] })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${port}: Address already in use`,
  );
  await first.stop();
});

test('does not start with a file that is not its own database', async () => {
  await writeFile(file('text.db'), 'this text is not a database and is long enough to be checked');
  await expect(startCollector({ db: file('text.db') })).rejects.toThrow('text.db');
  await expect(startCollector({ db: file('missing/a.db') })).rejects.toThrow('a.db');
});

test('names a wrong option and exits with 2', async () => {
  const collector = await startCollector();
  const program = collector.process.spawnfile;
  await collector.stop();
  for (const args of [
    ['--port', 'x'],
    ['--nonsense'],
    ['--large-status', '404'],
    ['--site', '/missing'],
  ]) {
    const { status, stderr, stdout } = spawnSync(program, args, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(args[0]);
    expect(stderr.trimEnd()).not.toContain('\n');
  }
  const { status, stdout } = spawnSync(program, ['--help'], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, expect.stringContaining('--append-meta')]);
});

test('continues with an existing database and recognises its batches', async () => {
  const db = file('again.db');
  const body = bodyOf([{ a: 'b' }], { __tags__: { batch_id: 'known' } });
  for (let run = 0; run < 3; run++) {
    const collector = await startCollector({ db });
    expect((await post(collector.trackUrl, body)).status).toBe(200);
    expect(await collector.logs()).toHaveLength(1);
    expect(await collector.batches()).toHaveLength(run + 1);
    await collector.stop();
    expect(existsSync(`${db}-wal`)).toBe(false);
  }
});

test('adds the client address with --append-meta', async () => {
  const collector = await startCollector({ args: ['--append-meta'] });
  await post(collector.trackUrl, bodyOf([{ a: 'b' }]));
  const [log] = await collector.logs();
  expect(log).toMatchObject({ '__tag__:__client_ip__': '127.0.0.1' });
  expect(log?.['__tag__:__receive_time__']).toBe(log?.__time__);
  await collector.stop();
});

test('logs each request as JSON without its query, and with --quiet only errors', async () => {
  for (const quiet of [false, true]) {
    const collector = await startCollector({ args: quiet ? ['--quiet'] : [] });
    const good = await fetch(`${collector.trackUrl}?secret=1`);
    await fetch(`${collector.url}/missing%0aline`);
    await collector.stop();
    const entries = collector.requestLog.map((line) => JSON.parse(line));
    expect(entries.at(-1)).toMatchObject({ level: 'warning', path: '/missing\nline', status: 404 });
    expect(entries).toHaveLength(quiet ? 1 : 2);
    if (quiet) continue;
    expect(entries[0]).toMatchObject({
      level: 'info',
      method: 'GET',
      path: '/logstores/web/track',
      status: 200,
      request_id: good.headers.get('x-log-requestid'),
    });
    expect(collector.requestLog.join()).not.toContain('secret');
  }
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`${signal} under load loses no acknowledged log`, async () => {
    const db = file(`${signal}.db`);
    const collector = await startCollector({ args: ['--quiet'], db });
    const acknowledged: string[] = [];
    let ended = false;
    const sender = async (name: number) => {
      for (let i = 0; !ended; i++) {
        const id = `${name}-${i}`;
        try {
          const { status } = await post(collector.trackUrl, bodyOf([{ id }, { id: `${id}b` }]));
          if (status === 200) acknowledged.push(id, `${id}b`);
        } catch {
          return;
        }
      }
    };
    const senders = Array.from({ length: 16 }, (_, name) => sender(name));
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(200);
    expect(await collector.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : null);
    ended = true;
    await Promise.all(senders);

    const next = await startCollector({ db });
    const stored = new Set<unknown>();
    for (let after = 0; ; ) {
      const page = await next.logs({ after, limit: 10_000 });
      for (const { id } of page) stored.add(id);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.__id__;
    }
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    await next.stop();
  });
}

test('answers a current request before it ends', async () => {
  const db = file('underway.db');
  const collector = await startCollector({ db });
  const body = bodyOf([{ half: 'and half' }]);
  const { hostname, port } = new URL(collector.url);
  const socket = connect(Number(port), hostname);
  const answer = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('close', () => resolve(text));
  });
  const head = `POST /logstores/web/track HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n`;
  // The response `100 Continue` shows that the collector has begun to read the request.
  socket.write(`${head}Expect: 100-continue\r\n\r\n${body.slice(0, 10)}`);
  await new Promise((resolve) => socket.once('data', resolve));
  const stopped = collector.stop();
  await expect
    .poll(() =>
      fetch(collector.url).then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed');
  socket.write(body.slice(10));
  expect(await answer).toContain('HTTP/1.1 200 OK');
  expect(await stopped).toBe(0);

  const next = await startCollector({ db });
  expect(await next.logs({ 'field.half': 'and half' })).toHaveLength(1);
  await next.stop();
});

test('silent and slow connections do not keep it from ending', async () => {
  const collector = await startCollector();
  const { hostname, port } = new URL(collector.url);
  const sockets = [
    '',
    'POST /logst',
    'POST /logstores/web/track HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{',
  ].map((text) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    if (text !== '') socket.write(text);
    return socket;
  });
  await post(collector.trackUrl, bodyOf([{ a: 'b' }]));
  const start = Date.now();
  expect(await collector.stop()).toBe(0);
  expect(Date.now() - start).toBeLessThan(9000);
  for (const socket of sockets) socket.destroy();
});

test('interrupts a long answer when it ends', async () => {
  const collector = await startCollector();
  const text = 'a'.repeat(1_000_000);
  for (let n = 0; n < 12; n++) await post(collector.trackUrl, bodyOf([{ text }]));
  const { hostname, port } = new URL(collector.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write('GET /api/logs HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'readable');
  // Somewhat more than the rate below which the collector gives up itself: 12 MB take 37 s.
  const reading = setInterval(() => socket.read(32_768), 100);
  expect(await collector.stop()).toBe(0);
  clearInterval(reading);
  socket.destroy();
});
