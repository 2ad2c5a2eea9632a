// Options that limit who may send and how much is kept.
import { unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCollector } from './collector_process.ts';
import { withCollector } from './refusals.ts';
import { bodyOf, post } from './requests.ts';

const body = bodyOf([{ event: 'sent' }]);

test('--allow-origin lets pages of these origins send, and clients that are no page', () =>
  withCollector(['--allow-origin', 'https://shop.example'], async (collector) => {
    const allowed = await post(collector.trackUrl, body, { origin: 'https://shop.example' });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(allowed.headers.get('vary')).toBe('Origin');
    expect((await post(collector.trackUrl, body)).status).toBe(200);

    const other = await post(collector.trackUrl, body, { origin: 'https://other.example' });
    expect([other.status, await other.json()]).toEqual([
      403,
      { errorCode: 'OriginNotAllowed', errorMessage: 'The origin may not send.' },
    ]);
    expect(other.headers.has('access-control-allow-origin')).toBe(false);
    const preflight = await fetch(collector.trackUrl, {
      method: 'OPTIONS',
      headers: { origin: 'https://other.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.has('access-control-allow-origin')).toBe(false);
    expect(await collector.logs()).toHaveLength(2);
  }));

test('--rate answers 429 with Retry-After to an address that sends more', () =>
  withCollector(['--rate', '3'], async (collector) => {
    const answers = [];
    for (let n = 0; n < 10; n++) answers.push(await post(collector.trackUrl, body));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    expect(statuses).toContain(429);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect(refused?.headers.get('access-control-allow-origin')).toBe('*');
  }));

test('--retention deletes the oldest logs beyond a size', () =>
  withCollector(['--retention', '1MB'], async (collector) => {
    const text = 'a'.repeat(100_000);
    for (let n = 0; n < 40; n++) await post(collector.trackUrl, bodyOf([{ n: String(n), text }]));
    await expect
      .poll(async () => (await collector.logs({ limit: 1_000 })).length, { timeout: 15_000 })
      .toBeLessThan(12);
    const kept = (await collector.logs({ limit: 1_000 })).map(({ n }) => Number(n));
    expect(Math.max(...kept)).toBe(39);
  }));

test('/api/health tells when the database is gone, and nothing is acknowledged then', async () => {
  const db = join(tmpdir(), `webtrack-health-${process.pid}.db`);
  const collector = await startCollector({ db });
  const health = async () => {
    const answer = await fetch(`${collector.url}/api/health`);
    return [answer.status, await answer.json()];
  };
  expect(await health()).toEqual([200, { status: 'ok' }]);
  await unlink(db);
  expect(await health()).toEqual([503, { error: expect.stringContaining('was deleted') }]);
  const refused = await post(collector.trackUrl, body);
  expect([refused.status, await refused.json()]).toEqual([
    500,
    { errorCode: 'InternalServerError', errorMessage: expect.stringContaining('was deleted') },
  ]);
  await collector.stop();
});
