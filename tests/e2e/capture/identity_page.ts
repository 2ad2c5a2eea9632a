// Shared by the tests of ids.

import type { BrowserContext, Page } from '@playwright/test';
import {
  asTracked,
  type Collector,
  eventually,
  expect,
  ONLY_ON_EXIT,
  type PageOptions,
  type StoredLog,
} from '../fixtures.ts';

export const PAGE = 'capture/identity.html';
export const KEY = 'webtrack identity';
export const MINUTE = 60_000;
/** How long a tab may not notice a change by another tab. */
export const SYNC = 5_000;
export const ID = /^[0-9a-z]{8,14}$/;

export const setup = (identity: object = {}, more: PageOptions = {}) => ({
  options: { ...ONLY_ON_EXIT, capture: { identity }, ...more } as PageOptions,
});

export async function track(page: Page, event: string): Promise<void> {
  await page.evaluate(async (event) => {
    window.tracker.track({ event });
    await window.tracker.flush();
  }, event);
}

/** The ids of the stored events with these names. */
export async function idsOf(collector: Collector, ...events: string[]) {
  const found = async () => asTracked(await collector.logs());
  await eventually(async () => (await found()).map(({ event }) => event)).toEqual(
    expect.arrayContaining(events),
  );
  const logs = await found();
  return events.map((name) => {
    const { visitor_id, session_id, user_id }: Partial<StoredLog> =
      logs.find(({ event }) => event === name) ?? {};
    return { visitor: visitor_id, session: session_id, user: user_id };
  });
}

export const stored = (page: Page) => page.evaluate((key) => localStorage.getItem(key), KEY);
export const lastStored = async (page: Page) => Number((await stored(page))?.split('/').at(-1));

/** Opens another tab with the URL of `page`. */
export async function anotherTab(context: BrowserContext, page: Page, more = ''): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(page.url() + more);
  return tab;
}
