// Trackers and clicks where pages rarely have them: frames that are removed, saved files, the proxy sandbox of a
// micro-frontend, closed shadow roots, elements of other documents.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { type Collector, eventually, expect, test } from './fixtures.ts';

const made = ({ url }: Collector, more = '') => `window.tracker = webtrack.createTracker({
  host: '${url}', logstore: 'web', capture: [...webtrack.autocapture(), webtrack.network()], ${more} });`;

const page = (script: string, body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Odd place</title><link rel="icon" href="data:,"></head>
<body style="margin: 0"><script src="/dist/webtrack.all.iife.js"></script><script>${script}</script>${body}</body></html>`;

const BUY = '<button id="buy" type="button" onclick="this.dataset.n = 1">Buy</button>';

const countOf = async (collector: Collector, wanted: string) =>
  (await collector.logs()).filter(({ event }) => event === wanted).length;

const flush = (page: Page) => page.evaluate(() => window.tracker.flush());

test('a click in a sandboxed frame is sent, although the frame is removed at once', async ({
  page: tab,
  pages,
  collector,
}) => {
  pages.serve('/inner.html', page(made(collector), BUY));
  const frame = '<iframe id="frame" sandbox="allow-scripts" src="/inner.html"></iframe>';
  pages.serve('/outer.html', page('', frame));
  await tab.goto(`${pages.origin}/outer.html`);
  await tab.frameLocator('#frame').locator('#buy').click();
  await tab.evaluate(() => document.querySelector('#frame')?.remove());
  await eventually(() => countOf(collector, 'click')).toBe(1);
});

test('a page saved as a file is recorded, without the folders of its address', async ({
  page: tab,
  pages,
  collector,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'webtrack-someone-'));
  const saved = page(made(collector), BUY).replace('"/dist/', `"${pages.origin}/dist/`);
  await writeFile(join(folder, 'page.html'), saved);
  await tab.goto(`file://${folder}/page.html`);
  await tab.click('#buy');
  await eventually(async () => {
    await flush(tab);
    return Promise.all(['page_view', 'click'].map((event) => countOf(collector, event)));
  }).toEqual([1, 1]);
  const logs = await collector.logs();
  expect(logs.filter(({ event }) => event === 'page_view')).toMatchObject([
    { page_url: 'file:///page.html' },
  ]);
  expect(JSON.stringify(logs)).not.toContain('someone');
  await rm(folder, { recursive: true });
});

test('a tracker works in the proxy that a micro-frontend has for its window', async ({
  page: tab,
  pages,
  collector,
}) => {
  const script = `
    const own = {}, bound = new Map();
    const inside = new Proxy(own, {
      get(target, name) {
        if (['window', 'self', 'globalThis', 'top', 'parent'].includes(name)) return inside;
        if (name === Symbol.unscopables) return undefined;
        if (name in target) return target[name];
        const value = window[name];
        if (typeof value !== 'function' || /^[A-Z]/.test(String(name))) return value;
        if (!bound.has(value)) bound.set(value, Object.assign(value.bind(window), value));
        return bound.get(value);
      },
      has: (target, name) => name in target || name in window,
    });
    const runInside = (code) =>
      new Function('window', 'self', 'globalThis', 'with (window) {' + code + '\\n}').call(inside, inside, inside, inside);
    fetch('/dist/webtrack.all.iife.js').then((answer) => answer.text()).then((code) => {
      runInside(code);
      runInside(${JSON.stringify(made(collector, 'onDrop: (drop) => { window.lost = drop.reason }'))});
      window.tracker = own.tracker;
      window.inside = own;
      window.runInside = runInside;
    });`;
  pages.serve('/micro.html', page(script, BUY).replace(/<script src.*?<\/script>/, ''));
  await tab.goto(`${pages.origin}/micro.html`);
  await tab.waitForFunction(() => 'tracker' in window);
  await tab.click('#buy');
  await tab.evaluate(async () => {
    const { runInside } = window as unknown as { runInside(code: string): void };
    runInside("window.asked = fetch('/next.html').then((answer) => answer.text())");
    await (window as unknown as { inside: { asked: Promise<string> } }).inside.asked;
    history.pushState(null, '', '/second');
  });
  await eventually(async () => {
    await flush(tab);
    return Promise.all(['page_view', 'click', 'request'].map((event) => countOf(collector, event)));
  }).toEqual([2, 1, 1]);
  expect(
    await tab.evaluate(() => (window as unknown as { inside: object }).inside),
  ).not.toHaveProperty('lost');
});

test('clicks on what is no usual element are recorded or ignored, and throw nothing @not-webkit', async ({
  page: tab,
  pages,
  collector,
}) => {
  const body = `<button id="with-icon" type="button" onclick="this.dataset.n = 1"><svg width="40" height="40"><use href="#icon"/></svg></button>
    <svg id="drawing" width="60" height="40"><a href="/drawn"><text x="5" y="30" font-size="30">Go</text></a></svg>
    <x-closed></x-closed><svg width="0" height="0"><symbol id="icon"><rect width="10" height="10"/></symbol></svg>
    <script>
      customElements.define('x-closed', class extends HTMLElement {
        connectedCallback() {
          const button = document.createElement('button');
          button.textContent = 'In a closed root';
          this.attachShadow({ mode: 'closed' }).append(button);
        }
      });
      document.querySelector('#drawing').addEventListener('click', (event) => event.preventDefault());
    </script>`;
  pages.serve('/targets.html', page(made(collector), body));
  await tab.goto(`${pages.origin}/targets.html`);
  await tab.evaluate(() => {
    const click = () => new MouseEvent('click', { bubbles: true });
    document.dispatchEvent(click());
    window.dispatchEvent(click());
    new XMLHttpRequest().dispatchEvent(click());
    const text = document.body.appendChild(document.createTextNode('text'));
    text.dispatchEvent(click());
    text.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    const frame = document.body.appendChild(document.createElement('iframe'));
    const button = frame.contentDocument?.createElement('button') as HTMLButtonElement;
    button.id = 'adopted';
    button.type = 'button';
    button.style.cssText = 'position: fixed; left: 300px; top: 0; width: 90px; height: 40px';
    document.body.append(button);
    frame.remove();
  });
  for (const selector of ['#with-icon svg', '#drawing text', '#adopted', 'x-closed']) {
    await tab.click(selector);
  }
  await flush(tab);
  const clicks = async () =>
    (await collector.logs())
      .filter(({ event }) => event === 'click')
      .map(({ element, link_url }) => link_url ?? element);
  await eventually(clicks).toEqual(['#with-icon', `${pages.origin}/drawn`, '#adopted']);
});

test('odd calls of pushState do for the page what they would without a tracker', async ({
  page: tab,
  pages,
  collector,
}) => {
  const CALLS = [
    "history.pushState({}, '')",
    "history.pushState({}, '', null)",
    "history.pushState({}, '', undefined)",
    "history.pushState({}, '', new URL('/by-object', location.href))",
    "history.pushState({}, '', 7)",
    "history.pushState({}, '', '')",
    'history.pushState({})',
    "history.pushState({}, '', 'https://other.example/')",
    "history.pushState({}, '', 'http://[')",
    "history.pushState({ f() {} }, '', '/not-cloned')",
  ];
  const said = (calls: string[]) =>
    calls.map((call) => {
      try {
        new Function(call)();
        return location.pathname;
      } catch (error) {
        return (error as Error).name;
      }
    });
  pages.serve('/plain.html', page('', ''));
  pages.serve('/tracked.html', page(made(collector), ''));
  await tab.goto(`${pages.origin}/plain.html`);
  const wanted = await tab.evaluate(said, CALLS);
  await tab.goto(`${pages.origin}/tracked.html`);
  const found = await tab.evaluate(said, CALLS);
  expect(found.map((name) => name.replace('tracked', 'plain'))).toEqual(wanted);
  await eventually(async () => {
    await flush(tab);
    const views = (await collector.logs()).filter(({ event }) => event === 'page_view');
    return views.map(({ page_url }) => new URL(String(page_url)).pathname);
  }).toEqual(['/tracked.html', '/by-object', '/7']);
});
