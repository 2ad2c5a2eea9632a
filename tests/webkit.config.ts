// Runs the browser tests in WebKitGTK, as far as its WebDriver can: `npm run browsers -- --tests`.
import { defineConfig } from '@playwright/test';
import config from './playwright.config.ts';

// Read by e2e/fixtures.ts, in each of Playwright's processes.
process.env.WEBTRACK_BROWSER = 'webkitgtk';

export default defineConfig({
  ...config,
  testMatch: 'e2e/**/*.spec.ts',
  testIgnore: 'e2e/chaos.spec.ts',
  // What WebKit lacks, what WebDriver cannot do, and what starts another browser.
  grepInvert: /@chromium|@worker|@whole|@not-webkit/,
  projects: [{ name: 'webkitgtk' }],
});
