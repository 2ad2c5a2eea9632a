// A browser on a profile that outlives it: started, killed and started again.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserType, chromium, firefox } from '@playwright/test';

/** Debian's own, as in playwright.config.ts. */
export const browsers = {
  chromium: {
    type: chromium,
    options: {
      executablePath: '/usr/bin/chromium',
      // Everybody's browser has it on.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    },
  },
  firefox: {
    type: firefox,
    /** Printed before a run. */
    lacks:
      'no renderer can be told to crash: the whole browser is killed instead; no figures of the heap',
    options: {
      executablePath: '/usr/bin/firefox-esr',
      channel: 'moz-firefox',
      // Otherwise it tells other origins no more than the page's own, whatever the page says.
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

  /** `prepare` is called for each new run of the browser. */
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

  /** Whether it can be told to let a renderer crash, and asked for a page's heap. */
  get isChromium(): boolean {
    return this.#browser === 'chromium';
  }

  /** Ends all of it without a warning, then starts it on the same profile; `now` is called at the kill. */
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
    // The processes of a killed browser end a little later, and may still write.
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }

  async #launch(): Promise<void> {
    const { type, options } = browsers[this.#browser];
    this.#context = await type.launchPersistentContext(this.#profile, { ...options });
    this.#context.setDefaultNavigationTimeout(20_000);
    await this.#prepare(this.#context);
  }
}

/** Its id, by the profile's path: Playwright does not tell it. The others are children with a type. */
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
