// The static site: media types, headers, and files that it must not serve.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';
import { exchange } from './requests.ts';

let folder: string;
let collector: Collector;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'site-'));
  const site = join(folder, 'site');
  await mkdir(join(site, 'sub'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(site, '.hidden'), 'secret');
  await symlink(join(folder, 'secret.txt'), join(site, 'link.txt'));
  await mkdir(join(site, 'linked'));
  await symlink(join(folder, 'secret.txt'), join(site, 'linked', 'index.html'));
  for (const name of ['index.html', 'sub/index.html', 'a.js', 'a.css', 'a.svg', 'a.wasm']) {
    await writeFile(join(site, name), `content of ${name}`);
  }
  for (const name of ['a.json', 'a.js.map', 'b', 'with space.txt', 'large.txt']) {
    await writeFile(join(site, name), name === 'large.txt' ? 'x'.repeat(3_000_000) : '{}');
  }
  collector = await startCollector({ args: ['--site', site] });
});
afterAll(async () => {
  await collector.stop();
  await rm(folder, { recursive: true });
});

test('files have their media types and security headers', async () => {
  for (const [path, type] of [
    ['/', 'text/html; charset=utf-8'],
    ['/index.html', 'text/html; charset=utf-8'],
    ['/sub/', 'text/html; charset=utf-8'],
    ['/a.js', 'text/javascript; charset=utf-8'],
    ['/a.css', 'text/css; charset=utf-8'],
    ['/a.svg', 'image/svg+xml'],
    ['/a.wasm', 'application/wasm'],
    ['/a.json?v=1', 'application/json'],
    ['/a.js.map', 'application/json'],
    ['/b', 'application/octet-stream'],
    ['/with%20space.txt', 'text/plain; charset=utf-8'],
  ] as const) {
    const response = await fetch(collector.url + path);
    await response.arrayBuffer();
    expect([path, response.status, response.headers.get('content-type')]).toEqual([
      path,
      200,
      type,
    ]);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('same-origin');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(response.headers.has('server')).toBe(false);
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
  }
});

test('Range and Accept-Encoding do not change the content', async () => {
  const headers = { range: 'bytes=0-10', 'accept-encoding': 'br, gzip' };
  const response = await fetch(`${collector.url}/large.txt`, { headers });
  expect([response.status, (await response.text()).length]).toEqual([200, 3_000_000]);
  const head = await fetch(`${collector.url}/large.txt`, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe('3000000');
});

test('redirects a folder without a slash at the end', async () => {
  const response = await fetch(`${collector.url}/sub`);
  expect([response.url, await response.text()]).toEqual([
    `${collector.url}/sub/`,
    'content of sub/index.html',
  ]);
});

test('does not serve other files', async () => {
  for (const path of [
    '/../secret.txt',
    '/sub/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/link.txt',
    '/linked/',
    '/.hidden',
    '//etc/passwd',
    '/index.html/',
    '/index.html%00.js',
    '/%00',
    '/missing',
  ]) {
    const answer = await exchange(
      collector.url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect([path, answer.slice(9, 12), answer.includes('secret')]).toEqual([path, '404', false]);
  }
});

test('answers 404 for a missing file, with 404.html if there is one', async () => {
  const missing = await fetch(`${collector.url}/missing`);
  expect([missing.status, await missing.text()]).toEqual([404, 'Not found.\n']);
  await writeFile(join(folder, 'site', '404.html'), '<h1>Gone</h1>');
  const page = await fetch(`${collector.url}/missing`);
  expect([page.status, await page.text()]).toEqual([404, '<h1>Gone</h1>']);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
});

test('refuses other methods', async () => {
  const response = await fetch(collector.url, { method: 'POST', body: 'x' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
