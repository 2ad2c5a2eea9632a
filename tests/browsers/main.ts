// The exports that browsers.mjs uses after bundling.
import { startCollector } from '../collector/collector_process.ts';
import { PageServer } from '../e2e/page_server.ts';
import type { Engine } from './browser.ts';
import { CHECKS } from './checks.ts';
import { readFeatures } from './features.ts';
import { CHROMIUM, FIREFOX } from './playwright_browser.ts';
import { WEBKIT } from './webkit_browser.ts';

export { features } from './features.ts';

export const engines: Readonly<Record<string, Engine>> = {
  chromium: CHROMIUM,
  firefox: FIREFOX,
  webkit: WEBKIT,
};

export const checks = Object.keys(CHECKS);

export interface Row {
  name: string;
  features: boolean[];
  /** For each check: undefined if it passed, otherwise what is wrong. */
  problems: (string | undefined)[];
}

export async function runChecks(engine: Engine, done: (title: string) => void): Promise<Row> {
  const row: Row = { name: engine.title, features: [], problems: [] };
  for (const [title, check] of Object.entries(CHECKS)) {
    const collector = await startCollector({ args: ['--logstore', 'web', '--faults', '--quiet'] });
    const pages = await PageServer.start();
    const browser = await engine.start();
    try {
      row.name = browser.name;
      if (row.features.length === 0) {
        row.features = await readFeatures(browser, `${pages.origin}/next.html`);
      }
      await check({ browser, pages, collector });
      row.problems.push(undefined);
    } catch (error) {
      row.problems.push(error instanceof Error ? error.message : String(error));
    } finally {
      await browser.quit();
      await pages.stop();
      await collector.stop();
    }
    done(title);
  }
  return row;
}
