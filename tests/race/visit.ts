// One visitor of a client's page, with a browser context and an endpoint of its own.
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { type Collector, startCollector } from '../collector/collector_process.ts';
import { type HttpsAddress, startHttps } from '../compat/foreign_client.ts';
import type { Settings } from './clients/client.ts';
import type { Client } from './clients.ts';
import { Endpoint } from './endpoint.ts';
import { type Network, slowDown, slowWorkersDown } from './network.ts';
import { NEXT, type PageServer } from './page_server.ts';

/** Time for the client to finish its start, as for this library's engine. */
const SETTLE_MS = 1_000;

export interface VisitSettings {
  browser: Browser;
  pages: PageServer;
  client: Client;
  network: Network;
}

interface OpenSettings {
  tab?: Page;
  /** Network of a new tab; by default the visit's. */
  network?: Network;
  /** See clients/client.ts. */
  interval?: number;
}

export class Visit {
  readonly endpoint: Endpoint;
  /** Another page of the visited origin. */
  readonly next: string;
  readonly #context: BrowserContext;
  readonly #collector: Collector | undefined;
  readonly #https: HttpsAddress | undefined;
  readonly #network: Network;
  readonly #page: string;
  readonly #settings: Settings;

  private constructor(
    { pages, client, network }: VisitSettings,
    context: BrowserContext,
    endpoint: Endpoint,
    collector: Collector | undefined,
    https: HttpsAddress | undefined,
  ) {
    this.endpoint = endpoint;
    this.next = `${pages.origin}${NEXT}`;
    this.#context = context;
    this.#collector = collector;
    this.#https = https;
    this.#network = network;
    this.#page = `${pages.origin}/${client.name}`;
    this.#settings = {
      endpoint: endpoint.origin,
      https: { project: https?.project ?? '', host: https?.host ?? '' },
      options: client.options,
    };
  }

  static async start(settings: VisitSettings): Promise<Visit> {
    const collector = settings.client.ours ? await startCollector() : undefined;
    const endpoint = await Endpoint.start(collector);
    const https = settings.client.https ? await startHttps(endpoint.origin) : undefined;
    const context = await settings.browser.newContext({ ignoreHTTPSErrors: true });
    return new Visit(settings, context, endpoint, collector, https);
  }

  /** Opens the client's page in a new tab, or in `tab`. */
  async open({ tab, network = this.#network, interval }: OpenSettings = {}): Promise<Page> {
    const page = tab ?? (await this.#context.newPage());
    if (!tab && network === 'slow') await slowDown(page);
    const settings = { ...this.#settings, ...(interval && { interval }) };
    await page.goto(`${this.#page}?${new URLSearchParams({ settings: JSON.stringify(settings) })}`);
    await page.evaluate(() => window.race.ready);
    await page.waitForTimeout(SETTLE_MS);
    if (network === 'slow') await slowWorkersDown(this.#context);
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
    await this.#https?.stop();
    await this.endpoint.stop();
    await this.#collector?.stop();
  }
}
