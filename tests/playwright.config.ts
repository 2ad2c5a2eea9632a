// Playwright runs the library in Debian's browsers against the real collector.
import { defineConfig } from '@playwright/test';

// Specs that import the library's sources need the constant that the build provides.
Object.assign(globalThis, { WEBTRACK_VERSION: '0.0.0' });

const CHAOS = 'e2e/chaos.spec.ts'; // starts its own browsers

// What differs most between browsers. A test costs three times as much in Firefox as in Chromium.
const DEPENDS_ON_BROWSER = [
  'capture/errors',
  'delivery',
  'exit',
  'hostile_page',
  'module',
  'odd_pages',
  'page_host',
  'request_forms',
  'script_tag',
  'stalled',
].map((name) => `e2e/${name}.spec.ts`);

const CHROMIUM = {
  browserName: 'chromium',
  launchOptions: chromium('chromium-headless-shell'),
} as const;

// Driven over WebDriver BiDi, unlike Playwright's own patched Firefox.
const FIREFOX = {
  grepInvert: /@chromium|@worker/, // what Firefox or its driver cannot do
  use: {
    browserName: 'firefox',
    channel: 'moz-firefox',
    launchOptions: { executablePath: '/usr/bin/firefox-esr' },
  },
} as const;

export default defineConfig({
  testDir: '.',
  testMatch: ['e2e/**/*.spec.ts', 'compat/**/*.spec.ts'],
  outputDir: '../build/reports/playwright',
  forbidOnly: true,
  retries: 0, // a test that passes at the second try has failed
  // With more on two processors, scenarios of `chaos` and tests in Firefox reach their time limits.
  workers: 2,
  timeout: 60_000,
  globalTimeout: 40 * 60_000,
  reporter: [['list'], ['json']],
  // No traces or screenshots of failures: recording them (`--trace on`) takes a third of a run's time.
  projects: [
    {
      name: 'chaos',
      testMatch: CHAOS,
      use: CHROMIUM,
    },
    { name: 'firefox', ...FIREFOX, testMatch: DEPENDS_ON_BROWSER },
    {
      // The engine of the full browser, without the window that the full browser opens for each test.
      name: 'chromium',
      testIgnore: CHAOS,
      grepInvert: /@whole/,
      use: CHROMIUM,
    },
    {
      // The page does the engine's work, as in browsers whose shared workers do not outlive their pages.
      name: 'chromium without workers',
      testIgnore: [
        'e2e/capture/**',
        CHAOS,
        'compat/**',
        'e2e/demo.spec.ts',
        'e2e/examples.spec.ts',
        'e2e/snippets.spec.ts',
      ],
      grepInvert: /@whole|@worker/,
      use: {
        browserName: 'chromium',
        launchOptions: chromium('chromium-headless-shell', [
          '--disable-blink-features=SharedWorkerExtendedLifetime',
        ]),
      },
    },
    {
      name: 'whole chromium',
      grep: /@whole/, // for the back/forward cache, which the headless shell lacks
      use: { browserName: 'chromium', launchOptions: chromium('chromium') },
    },
    // Only `npm test -- --all-browsers` runs these.
    { name: 'rest of firefox', ...FIREFOX, testIgnore: [CHAOS, ...DEPENDS_ON_BROWSER] },
  ],
});

function chromium(program: string, args: string[] = []) {
  return {
    executablePath: `/usr/bin/${program}`,
    args,
    // Playwright turns the back/forward cache off; visitors' browsers have it on.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  };
}
