// Shared by the tests of clicks, rage clicks and dead clicks.

import type { Page } from '@playwright/test';
import { type Collector, expect } from '../fixtures.ts';
import { recorded } from './recorded.ts';

declare global {
  interface Window {
    /** Types of some events that the page has heard. */
    seen: string[];
  }
}

export const PAGE = 'capture/clicks.html';
export const options = { capture: { clicks: {} } } as const;
export const DEAD_MS = 2_500;
export const RAGE_MS = 1_000;

/** Clicks the elements one after the other, and returns the recorded clicks. */
export async function clicked(page: Page, collector: Collector, selectors: readonly string[]) {
  for (const selector of selectors)
    await page.locator(selector).click({ position: { x: 3, y: 3 } });
  return recorded(page, collector, 'click');
}

/** Time of the only event with that name. */
export async function timeOf(collector: Collector, name: string): Promise<number> {
  const times = (await collector.logs()).filter(({ event }) => event === name).map(({ ts }) => ts);
  expect(times).toHaveLength(1);
  return Number(times[0]);
}

export const now = (page: Page) => page.evaluate(() => Date.now());
