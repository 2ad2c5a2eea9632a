// Takes the README's picture of the dashboard: starts a collector, visits the shop three times, takes a screenshot.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build, collector } from './build.mjs';
import { options, script } from './command_line.mjs';
import { ensure } from './setup.mjs';
import { root, step } from './steps.mjs';

const VISITS = 3;
/** A visitor looks at each page for this long, milliseconds. */
const LOOK_MS = 2_000;
/** Milliseconds within which the last batch is sent after a page is left. */
const SENT_MS = 5_000;

await script(async () => {
  const { out } = options(
    `Usage: npm run picture [-- --out FILE]

Visits the demo shop and takes a screenshot of its dashboard. Installs and builds what is missing.
  --out FILE  PNG file (default docs/dashboard.png)`,
    { out: { type: 'string', default: `${root}/docs/dashboard.png` } },
  );
  await ensure('test');
  await build({ native: true, site: true });
  const folder = mkdtempSync(join(tmpdir(), 'webtrack-picture-'));
  const args = ['--port', '0', '--db', join(folder, 'picture.db'), '--site', `${root}/build/site`];
  const child = spawn(collector, [...args, '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    await step('Taking the picture', () => takePicture(JSON.parse(line).url, out));
  } finally {
    child.kill();
    await once(child, 'exit');
    rmSync(folder, { recursive: true });
  }
});

async function takePicture(url, path) {
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
  try {
    for (let visit = 0; visit < VISITS; visit++) {
      const context = await browser.newContext();
      await buySomething(await context.newPage(), url);
      await context.close();
    }
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(`${url}/dashboard.html`);
    await page.getByRole('row').nth(1).waitFor();
    await page.waitForTimeout(500); // until the plot has its data
    await page.screenshot({ path });
  } finally {
    await browser.close();
  }
}

async function buySomething(page, url) {
  const look = () => page.waitForTimeout(LOOK_MS);
  await page.goto(url);
  await look();
  await page.getByRole('link', { name: 'Spring Sencha' }).click();
  await look();
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByRole('banner').getByRole('link', { name: 'Cart' }).click();
  await look();
  await page.getByRole('button', { name: 'Go to checkout' }).click();
  await page.waitForURL(/checkout/);
  await look();
  await page.goto('about:blank');
  await page.waitForTimeout(SENT_MS);
}
