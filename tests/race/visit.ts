// One visitor of one client's page: a browser profile of its own, and an endpoint of its own.
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { type HttpsAddress, startHttps } from '../compat/foreign_client.ts';
import type { Client } from './clients.ts';
import { Endpoint } from './endpoint.ts';
import { NEXT, type PageServer } from './page_server.ts';

/** `slow`: 150 ms of latency and 750 kbit/s up. */
export type Network = 'fast' | 'slow';

export const networks: readonly Network[] = ['fast', 'slow'];

/** What a client does at its start has its time. */
const SETTLE_MS = 400;

export interface VisitSettings {
  browser: Browser;
  pages: PageServer;
  client: Client;
  network: Network;
  /** Seconds, see clients/client.ts. */
  interval?: number;
}

export class Visit {
  readonly endpoint: Endpoint;
  /** Another page of the visited origin. */
  readonly next: string;
  readonly #context: BrowserContext;
  readonly #https: HttpsAddress;
  readonly #network: Network;
  readonly #url: string;

  private constructor(
    { pages, client, network, interval }: VisitSettings,
    context: BrowserContext,
    endpoint: Endpoint,
    https: HttpsAddress,
  ) {
    this.endpoint = endpoint;
    this.next = `${pages.origin}${NEXT}`;
    this.#context = context;
    this.#https = https;
    this.#network = network;
    const { project, host } = https;
    const settings = {
      endpoint: endpoint.origin,
      https: { project, host },
      options: client.options,
      ...(interval && { interval }),
    };
    const query = new URLSearchParams({ settings: JSON.stringify(settings) });
    this.#url = `${pages.origin}/${client.name}?${query}`;
  }

  static async start(settings: VisitSettings): Promise<Visit> {
    const endpoint = await Endpoint.start(settings.client.ours);
    const https = await startHttps(endpoint.origin);
    const context = await settings.browser.newContext({ ignoreHTTPSErrors: true });
    return new Visit(settings, context, endpoint, https);
  }

  /** Opens the client's page in a new tab, or in `tab`. */
  async open(tab?: Page): Promise<Page> {
    const page = tab ?? (await this.#context.newPage());
    if (!tab && this.#network === 'slow') await slowDown(page);
    await page.goto(this.#url);
    await page.evaluate(() => window.race.ready);
    await page.waitForTimeout(SETTLE_MS);
    return page;
  }

  /** Opens a page without a client in a new tab. */
  async openNext(): Promise<Page> {
    const page = await this.#context.newPage();
    await page.goto(this.next);
    return page;
  }

  async stop(): Promise<void> {
    await this.#context.close();
    await this.#https.stop();
    await this.endpoint.stop();
  }
}

async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: -1,
    uploadThroughput: 750_000 / 8,
  });
}
