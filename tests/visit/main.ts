// The exports that visit.mjs uses after bundling, and the visits to the pages of each variant.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { settings } from '../race/browser.ts';
import { type DocumentsVisit, visitDocuments } from './documents_visit.ts';
import { Endpoint } from './endpoint.ts';
import { type EventsVisit, visitEvents } from './events_visit.ts';
import { PageServer } from './page_server.ts';
import { PROFILED, profileVisit, type Times } from './profile.ts';
import type { Variant } from './variants.ts';

export { goalsOf } from './goals.ts';
export { scriptName } from './page_server.ts';
export { profileTable } from './profile.ts';
export { documentsTable, eventsTable, shopTable } from './report.ts';
export { HOSTS, visitShop } from './shop_visit.ts';
export { documentsRows, eventsRows } from './summary.ts';
export { NONE, variants } from './variants.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** Files that the variant needs and that are missing in dist/. */
export function missingFiles({ needs }: Variant): string[] {
  return needs.filter((file) => !existsSync(`${dist}/${file}`));
}

export class Visiting {
  readonly #pages: PageServer;
  readonly #endpoint: Endpoint;
  readonly #throttle: number;

  private constructor(pages: PageServer, endpoint: Endpoint, throttle: number) {
    this.#pages = pages;
    this.#endpoint = endpoint;
    this.#throttle = throttle;
  }

  static async start(throttle: number): Promise<Visiting> {
    return new Visiting(await PageServer.start(), await Endpoint.start(), throttle);
  }

  events(variant: Variant): Promise<EventsVisit> {
    return visitEvents(this.#settings(variant));
  }

  documents(variant: Variant): Promise<DocumentsVisit> {
    return visitDocuments(this.#settings(variant));
  }

  /** Samples of this library's main-thread time, from a visit of each kind. */
  async profiles(variant: Variant): Promise<Record<string, Times>> {
    const times: Record<string, Times> = {};
    for (const kind of PROFILED) times[kind] = await profileVisit(kind, this.#settings(variant));
    return times;
  }

  async stop(): Promise<void> {
    await this.#pages.stop();
    await this.#endpoint.stop();
  }

  #settings(variant: Variant) {
    return {
      pages: this.#pages,
      endpoint: this.#endpoint,
      variant,
      throttle: this.#throttle,
    };
  }
}

export async function browserVersion(): Promise<string> {
  const browser = await chromium.launch(settings);
  const version = browser.version();
  await browser.close();
  return `Chromium ${version}`;
}
