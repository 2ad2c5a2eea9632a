// Keeps a Firefox window for the next test, because opening one costs as much as most tests. Each test has a page server
// with a port of its own, so the window holds nothing of its origin. A test that changes the window in a way that cannot
// be undone gets a new one after it.

import type { Browser, BrowserContext, BrowserContextOptions, Page } from '@playwright/test';

/** Calls that leave a trace in the window. */
const CONTEXT_CALLS = [
  'addInitScript',
  'exposeBinding',
  'exposeFunction',
  'grantPermissions',
  'route',
  'setExtraHTTPHeaders',
  'setGeolocation',
  'setOffline',
] as const;
const PAGE_CALLS = [
  'addInitScript',
  'close',
  'emulateMedia',
  'exposeBinding',
  'exposeFunction',
  'route',
  'setExtraHTTPHeaders',
  'setViewportSize',
] as const;

export class KeptWindow {
  #context: BrowserContext | undefined;
  #page: Page | undefined;
  #options = '';
  #isChanged = false;

  /** The window of the last test if it is as new, else a new one. `prepare` is called with each new one. */
  async take(
    browser: Browser,
    options: BrowserContextOptions,
    prepare: (context: BrowserContext) => Promise<unknown>,
  ): Promise<BrowserContext> {
    const wanted = JSON.stringify(options);
    if (this.#options !== wanted) await this.#discard();
    if (!this.#context || !this.#page) {
      this.#options = wanted;
      this.#context = await browser.newContext(options);
      await prepare(this.#context);
      this.#page = await this.#context.newPage();
      this.#isChanged = false;
      this.#watch(this.#context, CONTEXT_CALLS);
      this.#watch(this.#page, PAGE_CALLS);
    }
    return this.#context;
  }

  /** Leaves the test's last document and closes its other pages. `origin`: where the test's pages were. */
  async giveBack(origin: string): Promise<void> {
    const page = this.#page;
    const context = this.#context;
    if (!page || !context) return;
    const isOwn = [origin, 'null'].includes(new URL(page.url()).origin);
    if (!isOwn || this.#isChanged || page.isClosed()) return this.#discard();
    try {
      for (const other of context.pages()) if (other !== page) await other.close();
      await page.goto('about:blank', { timeout: 5_000 });
      await context.clearCookies();
    } catch {
      await this.#discard();
    }
  }

  async #discard(): Promise<void> {
    const context = this.#context;
    this.#context = undefined;
    this.#page = undefined;
    await context?.close();
  }

  #watch<Target extends object>(target: Target, calls: readonly (keyof Target)[]): void {
    for (const name of calls) {
      const call = target[name] as (...given: unknown[]) => unknown;
      const watched = (...given: unknown[]) => {
        this.#isChanged = true;
        return call.apply(target, given);
      };
      Object.assign(target, { [name]: watched });
    }
    if (!('clock' in target)) return;
    const { clock } = target;
    Object.defineProperty(target, 'clock', {
      get: () => {
        this.#isChanged = true;
        return clock;
      },
    });
  }
}
