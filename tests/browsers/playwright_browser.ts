// Chromium and Firefox, driven by Playwright.
import { type BrowserType, chromium, firefox, type LaunchOptions } from '@playwright/test';
import type { Browser, Engine } from './browser.ts';

function engine(title: string, type: BrowserType, options: LaunchOptions): Engine {
  return { title, start: () => start(title, type, options) };
}

export const CHROMIUM = engine('Chromium', chromium, {
  executablePath: '/usr/bin/chromium',
  // Playwright turns the back/forward cache off; visitors' browsers have it on.
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
});

export const FIREFOX = engine('Firefox', firefox, {
  executablePath: '/usr/bin/firefox-esr',
  channel: 'moz-firefox',
});

async function start(title: string, type: BrowserType, options: LaunchOptions): Promise<Browser> {
  const browser = await type.launch(options);
  const context = await browser.newContext();
  let page = await context.newPage();
  return {
    name: `${title} ${browser.version()}`,
    open: async (url) => void (await page.goto(url)),
    evaluate: (expression) => page.evaluate(expression),
    click: (selector) => page.click(selector),
    type: (selector, text) => page.locator(selector).pressSequentially(text),
    clickAt: (x, y) => page.mouse.click(x, y),
    async moveToNewTab(url) {
      const first = page;
      page = await context.newPage();
      await page.goto(url);
      await first.close();
    },
    // Not `goBack`, which waits for a load: a page from the back/forward cache has none.
    back: () => page.evaluate(() => history.back()),
    quit: () => browser.close(),
  };
}
