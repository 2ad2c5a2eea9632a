// What a browser offers of the interfaces that the library uses, read in a page.
import type { Browser } from './browser.ts';

/** Expressions that tell whether the browser has the feature. */
const FEATURES: Readonly<Record<string, string>> = {
  'shared workers that outlive their pages': `(() => {
    let isRead = false;
    try {
      new SharedWorker('http://[', { get extendedLifetime() { isRead = true; return true } });
    } catch {}
    return isRead;
  })()`,
  'Web Locks': `'locks' in navigator`,
  '`fetch` with `keepalive`': `'keepalive' in Request.prototype`,
  '`sendBeacon`': `'sendBeacon' in navigator`,
  '`requestIdleCallback`': `'requestIdleCallback' in globalThis`,
  'Navigation API': `'navigation' in globalThis`,
  'event timing, for INP': `PerformanceObserver.supportedEntryTypes.includes('event')`,
  'largest contentful paint': `PerformanceObserver.supportedEntryTypes.includes('largest-contentful-paint')`,
  'layout shifts': `PerformanceObserver.supportedEntryTypes.includes('layout-shift')`,
  'long tasks': `PerformanceObserver.supportedEntryTypes.includes('longtask')`,
  'Reporting API': `'ReportingObserver' in globalThis`,
};

export const features = Object.keys(FEATURES);

/** For each feature whether the browser has it. `url`: an address whose page may be opened. */
export async function readFeatures(browser: Browser, url: string): Promise<boolean[]> {
  await browser.open(url);
  const found: boolean[] = [];
  for (const expression of Object.values(FEATURES)) found.push(await browser.evaluate(expression));
  return found;
}
