// Opens the benchmark's page in a headless Chromium and brings back what it measured.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { chromium } from '@playwright/test';

const executablePath = '/usr/bin/chromium';

// An isolated page reads the clock in steps of 5 µs, any other in steps of 100.
const headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/**
 * Serves `files`, a map from path to file, to the page, loads it `loads` times in one browser, and has it
 * run each time. Resolves to the browser's version and the pages' results.
 */
export async function runInChromium(files, loads, settings) {
  const server = await serve(files);
  const browser = await chromium.launch({ executablePath });
  try {
    const results = [];
    for (let load = 0; load < loads; load++) {
      const page = await browser.newPage();
      const broken = new Promise((_, reject) => page.on('pageerror', reject));
      results.push(await Promise.race([broken, resultOf(page, server.address().port, settings)]));
      await page.close();
    }
    return { browser: `Chromium ${browser.version()}`, results };
  } finally {
    await browser.close();
    server.close();
  }
}

async function resultOf(page, port, settings) {
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.waitForFunction(() => 'runBench' in globalThis);
  return page.evaluate((given) => globalThis.runBench(given), settings);
}

function serve(files) {
  const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer((request, response) => {
    const path = request.url.replace(/\?.*/, '');
    if (path === '/') {
      response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' });
      response.end(
        '<!doctype html><title>bench</title><script type="module" src="/page.js"></script>',
      );
    } else if (files[path]) {
      response.writeHead(200, { ...headers, 'content-type': types[path.match(/\.\w+$/)[0]] });
      response.end(readFileSync(files[path]));
    } else {
      response.writeHead(404, headers).end();
    }
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}
