// Runs nginx with examples/nginx/site.conf: it serves that example and passes its requests on to a collector.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isMain, options, script } from './command_line.mjs';
import { unpackPackage } from './debian.mjs';
import { Failure, root, step } from './steps.mjs';
import { supervise } from './supervise.mjs';

const unpacked = join(root, 'build/nginx');

/** Path of nginx; undefined if there is none. */
function program() {
  const candidates = ['nginx', '/usr/sbin/nginx', join(unpacked, 'usr/sbin/nginx')];
  return candidates.find((path) => spawnSync(path, ['-v']).status === 0);
}

/** Unpacks Debian's package if there is no nginx. Installing it would start a web server on port 80. */
export async function ensureNginx() {
  if (program()) return;
  if (existsSync('/usr/bin/apt-get') && !process.env.WEBTRACK_SKIP_PACKAGES) {
    await step('Downloading nginx', () => unpackPackage('nginx', unpacked));
  }
  if (!program()) throw new Failure('nginx is missing, or does not run here. Please install it.');
}

/** What the example's file leaves to the main configuration, all in one process and one folder, without root. */
const AROUND = `daemon off;
master_process off;
error_log stderr warn;
pid nginx.pid;
events {}
http {
  access_log off;
  log_not_found off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  types {
    text/html html;
    text/css css;
    text/javascript js;
    image/svg+xml svg;
    application/wasm wasm;
  }
  include site.conf;
}
`;

/**
 * Runs nginx until a signal ends it; resolves to the exit code. Calls `started` with its address when it listens.
 * @param {{ port: number, site: string, collector: string }} setup `port` 0: a free one
 * @param {(url: string, child: import('node:child_process').ChildProcess) => void} started
 */
export async function runNginx({ port, site, collector }, started) {
  const address = `127.0.0.1:${port || (await freePort())}`;
  const folder = mkdtempSync(join(tmpdir(), 'webtrack-nginx-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'nginx.conf'), AROUND);
  writeFileSync(join(folder, 'site.conf'), configured(address, site, collector));
  const args = ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'];
  return supervise(program(), args, ['ignore', 'inherit', 'inherit'], async (child) => {
    while (child.exitCode === null && !(await isListening(address))) await pause(20);
    if (child.exitCode === null) started(`http://${address}`, child);
  });
}

/** The example's configuration with the actual addresses and folder. */
function configured(address, site, collector) {
  const text = readFileSync(join(root, 'examples/nginx/site.conf'), 'utf8');
  const actual = { listen: address, root: `"${site}"`, proxy_pass: `${collector}/logstores/` };
  return Object.entries(actual).reduce(
    (conf, [name, value]) =>
      conf.replace(new RegExp(`^( *${name}) .*;$`, 'm'), (_, start) => `${start} ${value};`),
    text,
  );
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

function isListening(address) {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    const answer = (listens) => () => {
      socket.destroy();
      resolve(listens);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}

if (isMain(import.meta.url)) {
  await script(async () => {
    const { port, collector } = options(
      `Usage: node scripts/nginx.mjs --collector URL [--port N]

Serves the built example nginx in front of a running collector. Prints one line of JSON with its url.
  --collector URL  address of the collector
  --port N         port; 0 picks a free one (default 0)`,
      { collector: { type: 'string' }, port: { type: 'string', default: '0' } },
    );
    if (!collector) throw new Failure('--collector is missing.');
    const site = join(root, 'build/examples/nginx');
    return runNginx({ port: Number(port), site, collector }, (url) =>
      process.stdout.write(`${JSON.stringify({ url })}\n`),
    );
  });
}
