// WebKitGTK's MiniBrowser on a display of its own, driven by WebDriver.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Builder, type WebDriver } from 'selenium-webdriver';

const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const STARTED_MS = 15_000;

export interface Driver {
  /** Starts the browser with a new profile. A driver has one browser at a time. */
  open(): Promise<WebDriver>;
  /** Ends the driver with the browser and the display that it has started. */
  stop(): Promise<void>;
}

export async function startDriver(): Promise<Driver> {
  const port = await freePort();
  // xvfb-run finds a free display and ends it with the driver.
  const server = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], {
    detached: true,
    stdio: 'ignore',
  });
  return { open: () => open(port), stop: () => end(server) };
}

// Tries again until the driver listens.
async function open(port: number): Promise<WebDriver> {
  const browserOptions = { binary: MINI_BROWSER, args: ['--automation'] };
  for (const until = performance.now() + STARTED_MS; ; ) {
    try {
      return await new Builder()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities({
          browserName: 'MiniBrowser',
          'webkitgtk:browserOptions': browserOptions,
        })
        .build();
    } catch (error) {
      if (performance.now() > until) throw error;
      await delay(200);
    }
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null) return;
  const closed = once(server, 'close');
  process.kill(-server.pid, 'SIGTERM');
  await closed;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
