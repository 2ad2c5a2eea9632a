// Shared by the tests of errors.

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { type Collector, eventually } from '../fixtures.ts';
import { recorded } from './recorded.ts';

declare global {
  interface Window {
    kinds: string[];
    throwLater(kind: string): void;
    rejectLater(kind: string): void;
    throwDifferent(from: number, to: number): void;
  }
}

export const PAGE = 'capture/errors.html';
export const options = { capture: { errors: {} } };
export const SCRIPT = readFileSync(new URL('../pages/capture/errors.js', import.meta.url), 'utf8');

/** Line number, from 1, of the line with `text` in the page's script. */
export const lineOf = (text: string) =>
  SCRIPT.split('\n').findIndex((line) => line.includes(text)) + 1;

/** Waits until that many errors are recorded, and returns them. */
export async function failures(page: Page, collector: Collector, count: number) {
  const all = () => recorded(page, collector, 'error', 'resource_error');
  await eventually(async () => (await all()).length).toBe(count);
  return all();
}

export const framesOf = (log: Record<string, unknown> | undefined) =>
  String(log?.stack).split('\n');
