// Opens the benchmark's pages in a headless Chromium and returns what they measured.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { chromium } from '@playwright/test';

const executablePath = '/usr/bin/chromium';

// Cross-origin isolation: the page's clock has steps of 5 µs, in other pages of 100 µs.
const headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/**
 * Serves `files`, a map from path to file, and pages with one script each; answers their POST requests.
 * `run` loads the page of `script` in a new browser context, calls its function `name` and resolves to the result.
 */
export async function openChromium(files) {
  const server = await serve(files);
  const { port } = server.address();
  const browser = await chromium.launch({ executablePath });
  return {
    version: `Chromium ${browser.version()}`,
    async run(script, name, settings) {
      const context = await browser.newContext();
      try {
        const page = await context.newPage();
        const broken = new Promise((_, reject) => page.on('pageerror', reject));
        broken.catch(() => {}); // a later error must not be an unhandled rejection
        const result = async () => {
          await page.goto(`http://127.0.0.1:${port}/?script=${script}`);
          await page.waitForFunction((name) => name in globalThis, name);
          return page.evaluate(([name, given]) => globalThis[name](given), [name, settings]);
        };
        return await Promise.race([broken, result()]);
      } finally {
        await context.close();
      }
    },
    async stop() {
      await browser.close();
      server.close();
    },
  };
}

function serve(files) {
  const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://bench');
    if (request.method === 'POST') {
      request.resume().on('end', () => response.writeHead(200, headers).end());
    } else if (pathname === '/') {
      response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' });
      response.end(
        `<!doctype html><title>bench</title><link rel="icon" href="data:,">` +
          `<script type="module" src="/${searchParams.get('script')}"></script>`,
      );
    } else if (files[pathname]) {
      const type = types[pathname.match(/\.\w+$/)[0]];
      response.writeHead(200, { ...headers, 'content-type': type });
      response.end(readFileSync(files[pathname]));
    } else {
      response.writeHead(404, headers).end();
    }
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}
