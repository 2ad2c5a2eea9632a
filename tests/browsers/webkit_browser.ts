// WebKitGTK's MiniBrowser on a display of its own, driven by WebDriver.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Builder, By, type WebDriver } from 'selenium-webdriver';
import type { Browser, Engine } from './browser.ts';

const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const STARTED_MS = 15_000;

export const WEBKIT: Engine = { title: 'WebKitGTK', start };

async function start(): Promise<Browser> {
  const port = await freePort();
  // xvfb-run finds a free display and ends it with the driver.
  const server = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], {
    detached: true,
    stdio: 'ignore',
  });
  const driver = await connected(port).catch(async (error) => {
    await end(server);
    throw error;
  });
  const version = (await driver.getCapabilities()).getBrowserVersion();
  return {
    name: `WebKitGTK ${version}`,
    open: (url) => driver.get(url),
    evaluate: <Value>(expression: string) =>
      driver.executeScript<Value>(`return (async () => (${expression}))()`),
    click: (selector) => driver.findElement(By.css(selector)).click(),
    type: (selector, text) => driver.findElement(By.css(selector)).sendKeys(text),
    clickAt: (x, y) => driver.actions().move({ x, y }).click().perform(),
    async moveToNewTab(url) {
      const first = await driver.getWindowHandle();
      await driver.switchTo().newWindow('tab');
      const second = await driver.getWindowHandle();
      await driver.get(url);
      await driver.switchTo().window(first);
      await driver.close();
      await driver.switchTo().window(second);
    },
    back: () => driver.navigate().back(),
    async quit() {
      await driver.quit().catch(() => {});
      await end(server);
    },
  };
}

/** Opens a session once the driver listens. */
async function connected(port: number): Promise<WebDriver> {
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

/** Ends the driver with the browser and the display that it has started. */
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
