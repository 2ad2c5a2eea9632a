// What race.mjs runs once it is bundled: the browser, the page server, and the three parts on them.
import type { Browser } from '@playwright/test';
import { launch } from './browser.ts';
import { type Capacity, measureCapacity } from './capacity.ts';
import { type Client, clients, type Host } from './clients.ts';
import { type Exit, type ExitRun, runExit } from './exit_race.ts';
import { type FetchLater, measureFetchLater } from './fetch_later.ts';
import type { Network } from './network.ts';
import { type Outage, type OutageRun, runOutage } from './outage.ts';
import { PageServer } from './page_server.ts';

export { outages } from './outage.ts';
export { capacityTable, exitTables, fetchLaterTable, outageTable, summaryOf } from './report.ts';
export { targetsOf } from './targets.ts';
export { clients };

/** One cell of the exit race. */
export interface ExitCell {
  client: Client;
  exit: Exit;
  network: Network;
  events: number;
}

export interface ExitResult extends ExitCell {
  runs: ExitRun[];
}

export interface OutageResult extends OutageRun {
  client: Client;
  outage: Outage;
}

export class Race {
  readonly browser: string;
  readonly #browser: Browser;
  readonly #pages: PageServer;

  private constructor(browser: Browser, pages: PageServer) {
    this.#browser = browser;
    this.#pages = pages;
    this.browser = `Chromium ${browser.version()}`;
  }

  static async start(): Promise<Race> {
    return new Race(await launch(), await PageServer.start());
  }

  async exit(cell: ExitCell, repeat: number): Promise<ExitResult> {
    const runs: ExitRun[] = [];
    for (let run = 0; run < repeat; run++) {
      const result = await runExit({ ...cell, browser: this.#browser, pages: this.#pages });
      if (result) runs.push(result);
    }
    return { ...cell, runs };
  }

  capacity(hosts: readonly Host[]): Promise<Capacity> {
    return measureCapacity(this.#browser, this.#pages, hosts);
  }

  /** Runs all clients at the same time, because this measures no time. */
  async outage(outage: Outage, chosen: readonly Client[]): Promise<OutageResult[]> {
    return Promise.all(
      chosen.map(async (client) => ({
        client,
        outage,
        ...(await runOutage(outage, { browser: this.#browser, pages: this.#pages, client })),
      })),
    );
  }

  fetchLater(): Promise<FetchLater> {
    return measureFetchLater(this.#browser, this.#pages);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#pages.stop();
  }
}
