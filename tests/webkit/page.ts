// What the tests use of Playwright's page and context, over WebDriver. A test that uses anything else is skipped.
import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserContext, Page } from '@playwright/test';
import type { WebDriver } from 'selenium-webdriver';
import type { PageServer } from '../e2e/page_server.ts';
import { clickOn, type InPage, keyboard, locator, mouse } from './input.ts';
import { lacks, orSkip } from './lacking.ts';

const WAIT_MS = 15_000;
const VIEWPORT = { width: 1_280, height: 720 };

type Address = string | RegExp | ((url: URL) => boolean);

interface Size {
  width: number;
  height: number;
}

type PageFunction = string | ((argument: never) => unknown);

const sourceOf = (work: PageFunction) =>
  typeof work === 'string' ? work : `(${work})(arguments[0])`;

/** WebDriver cannot return a window, which `Object.assign(window, …)` does. */
const WITHOUT_WINDOW = '(value) => (value === window ? null : value)';

/** A context in the browser of `driver`. Its init scripts run in the pages of `pages`. */
export async function contextOf(driver: WebDriver, pages: PageServer): Promise<BrowserContext> {
  await driver.manage().setTimeouts({ script: 60_000, pageLoad: 30_000 });
  let current = await driver.getWindowHandle();
  let last: Promise<unknown> = Promise.resolve();

  const inWindow = (handle: string): InPage => {
    return (work) => {
      const run = async () => {
        if (current !== handle) await driver.switchTo().window(handle);
        current = handle;
        return work(driver);
      };
      const result = last.then(run, run);
      last = result.catch(() => {});
      return result;
    };
  };
  const open = () =>
    inWindow(current)(async () => {
      await driver.switchTo().newWindow('window');
      current = await driver.getWindowHandle();
      return current;
    });

  const opened: Page[] = [];
  const context = orSkip('context', {
    async newPage() {
      const handle = opened.length === 0 ? current : await open();
      const page = pageOf(inWindow(handle), context);
      await page.setViewportSize(VIEWPORT);
      opened.push(page);
      return page;
    },
    pages: () => opened,
    cookies: () =>
      inWindow(current)(async () =>
        (await driver.manage().getCookies()).map(({ expiry, ...cookie }) => ({
          ...cookie,
          expires: expiry === undefined ? -1 : Number(expiry),
        })),
      ),
    addInitScript: async (script: PageFunction, argument?: unknown) =>
      pages.runFirst(script, argument),
    browser: () => ({ browserType: () => ({ name: () => 'webkit' }) }),
    close: async () => {},
  }) as unknown as BrowserContext;
  return context;
}

function pageOf(inPage: InPage, context: BrowserContext): Page {
  let address = 'about:blank';
  const evaluate = (work: PageFunction, argument?: unknown) =>
    inPage((driver) =>
      driver.executeScript(
        `return (async () => ${sourceOf(work)})().then(${WITHOUT_WINDOW})`,
        argument,
      ),
    );
  /** Does what may lead to another address. */
  const move = (work: (driver: WebDriver) => Promise<unknown>) =>
    inPage(async (driver) => {
      await work(driver);
      address = await driver.getCurrentUrl();
    });
  const until = async (isTrue: () => Promise<unknown>, what: unknown) => {
    for (const end = performance.now() + WAIT_MS; !(await isTrue()); await delay(50)) {
      if (performance.now() > end) throw new Error(`not within ${WAIT_MS / 1000} s: ${what}`);
    }
  };
  const page = {
    context: () => context,
    keyboard: keyboard(inPage),
    mouse: mouse(inPage),
    locator: (selector: string) => locator(inPage, selector),
    evaluate,
    addInitScript: context.addInitScript,
    url: () => address,
    goto: (url: string, { waitUntil }: { waitUntil?: string } = {}) =>
      waitUntil ? lacks('page.goto with waitUntil') : move((driver) => driver.get(url)),
    reload: () => move((driver) => driver.navigate().refresh()),
    goBack: () => move((driver) => driver.navigate().back()),
    click: (selector: string, options?: object) =>
      move((driver) => clickOn(driver, selector, options)),
    focus: (selector: string) => locator(inPage, selector).focus(),
    fill: (selector: string, text: string) => locator(inPage, selector).fill(text),
    waitForTimeout: (ms: number) => delay(ms),
    waitForURL: (wanted: Address) =>
      until(async () => {
        await move(async () => {});
        return isMatch(address, wanted);
      }, wanted),
    waitForFunction: (work: PageFunction) => until(() => evaluate(work), work),
    setViewportSize: (size: Size) => inPage((driver) => setViewport(driver, size)),
    close: () => inPage(closeWindow),
  };
  return orSkip('page', page) as unknown as Page;
}

async function setViewport(driver: WebDriver, { width, height }: Size): Promise<void> {
  const window = driver.manage().window();
  await window.setRect({ width, height });
  const inner = await driver.executeScript<number[]>('return [innerWidth, innerHeight]');
  const [x = width, y = height] = inner;
  await window.setRect({ width: 2 * width - x, height: 2 * height - y });
}

async function closeWindow(driver: WebDriver): Promise<void> {
  // The browser ends with its last window.
  if ((await driver.getAllWindowHandles()).length === 1) {
    const window = await driver.getWindowHandle();
    await driver.switchTo().newWindow('window');
    await driver.switchTo().window(window);
  }
  await driver.close();
}

function isMatch(address: string, wanted: Address): boolean {
  if (typeof wanted === 'function') return wanted(new URL(address));
  if (wanted instanceof RegExp) return wanted.test(address);
  const parts = wanted.split('**').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.map((part) => part.replaceAll('*', '[^/]*')).join('.*')}$`).test(
    address,
  );
}
