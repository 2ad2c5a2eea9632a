// A browser that can be killed and started again on the same profile.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserType, chromium, firefox } from '@playwright/test';

/** Debian's browsers, as in playwright.config.ts. */
export const browsers = {
  chromium: {
    type: chromium,
    options: {
      executablePath: '/usr/bin/chromium',
      // Playwright turns the back/forward cache off; visitors' browsers have it on.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    },
  },
  firefox: {
    type: firefox,
    /** What the run cannot do in this browser; printed before it. */
    lacks:
      'no renderer can be made to crash, so the whole browser is killed instead; the heap is not measured',
    options: {
      executablePath: '/usr/bin/firefox-esr',
      channel: 'moz-firefox',
      // Lets the page's referrer policy send the whole address to other origins; by default Firefox sends only the
      // origin.
      firefoxUserPrefs: { 'network.http.referer.disallowCrossSiteRelaxingDefault': false },
    },
  },
} satisfies Record<string, { type: BrowserType; options: object; lacks?: string }>;

export type BrowserName = keyof typeof browsers;

export class BrowserLife {
  readonly #browser: BrowserName;
  readonly #prepare: (context: BrowserContext) => Promise<void>;
  readonly #profile: string;
  #context: BrowserContext | undefined;

  private constructor(
    browser: BrowserName,
    profile: string,
    prepare: (context: BrowserContext) => Promise<void>,
  ) {
    this.#browser = browser;
    this.#profile = profile;
    this.#prepare = prepare;
  }

  /** Calls `prepare` each time the browser starts. */
  static async start(
    browser: BrowserName,
    prepare: (context: BrowserContext) => Promise<void>,
  ): Promise<BrowserLife> {
    const profile = await mkdtemp(join(tmpdir(), 'chaos-profile-'));
    const life = new BrowserLife(browser, profile, prepare);
    await life.#launch();
    return life;
  }

  get context(): BrowserContext {
    if (!this.#context) throw new Error('the browser does not run');
    return this.#context;
  }

  /** Only Chromium can make a renderer crash and measure a page's heap. */
  get isChromium(): boolean {
    return this.#browser === 'chromium';
  }

  /** Kills the whole browser without a warning, calling `now` just before, then starts it on the same profile. */
  async killAndRestart(now: () => void): Promise<void> {
    const closed = this.context.waitForEvent('close', { timeout: 20_000 });
    const main = await mainProcess(this.#profile);
    now();
    process.kill(main, 'SIGKILL');
    await closed;
    await this.#launch();
  }

  async stop(): Promise<void> {
    await this.#context?.close();
    // Processes of a killed browser may still write for a moment.
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }

  async #launch(): Promise<void> {
    const { type, options } = browsers[this.#browser];
    this.#context = await type.launchPersistentContext(this.#profile, { ...options });
    this.#context.setDefaultNavigationTimeout(20_000);
    await this.#prepare(this.#context);
  }
}

/**
 * Finds the browser's main process by the profile's path, as Playwright does not tell its id. Child processes have a
 * type.
 */
async function mainProcess(profile: string): Promise<number> {
  for (const id of await readdir('/proc')) {
    if (!/^\d+$/.test(id)) continue;
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    const isChild = /--type=|crashpad|-contentproc/.test(line);
    if (line.includes(profile) && !isChild) {
      return Number(id);
    }
  }
  throw new Error(`no browser runs on ${profile}`);
}
