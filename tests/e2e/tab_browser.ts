// A Chromium with one tab, driven by its DevTools protocol. Playwright attaches itself to pages, and what is attached
// to a page and not to its tab cannot follow when another one takes its place: Chromium then prerenders nothing.
// https://chromedevtools.github.io/devtools-protocol/

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { eventually } from './fixtures.ts';

type Result = Readonly<Record<string, unknown>>;

interface Message {
  id?: number;
  method?: string;
  params?: {
    sessionId?: string;
    targetInfo?: { targetId: string; type: string; subtype?: string };
  };
  result?: Result;
}

interface Asked {
  session: string | undefined;
  answer(result: Result): void;
}

export class TabBrowser {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Asked>();
  /** Of the pages in the tab: the one that is seen, and those that are prerendered. */
  readonly #pages = new Map<string, { session: string; isPrerendered: boolean }>();
  #asked = 0;

  /** Starts the program with a fresh `profile`; its tab is empty. */
  static async start(program: string, profile: string): Promise<TabBrowser> {
    const browser = new TabBrowser(program, profile);
    const { targetInfos } = await browser.#ask('Target.getTargets', { filter: [{ type: 'tab' }] });
    const [tab] = targetInfos as { targetId: string }[];
    const { sessionId } = await browser.#ask('Target.attachToTarget', { ...tab, flatten: true });
    const follow = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };
    await browser.#ask('Target.setAutoAttach', follow, String(sessionId));
    return browser;
  }

  private constructor(program: string, profile: string) {
    const flags = ['--headless', '--no-sandbox', '--no-first-run', '--remote-debugging-pipe'];
    this.#process = spawn(program, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#process.once('close', () => {
      for (const id of this.#waiting.keys()) this.#answer(id);
    });
    // What is written to it once it has ended.
    (this.#process.stdio[3] as Writable).on('error', () => {});
    let text = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#hear(JSON.parse(message));
    });
  }

  async goto(address: string): Promise<void> {
    await this.#ask('Page.navigate', { url: address }, this.#page(false));
  }

  /** What an expression is in the page that is seen; a promise is awaited. */
  evaluate(expression: string): Promise<unknown> {
    return this.#evaluate(expression, this.#page(false));
  }

  /** The same in the page that is prerendered; undefined when there is none. */
  async inPrerendered(expression: string): Promise<unknown> {
    const session = this.#page(true);
    return session && this.#evaluate(expression, session);
  }

  /** Clicks a link as a visitor does. */
  async click(text: string): Promise<void> {
    const find = `JSON.stringify([...document.links].find((link) => link.text === ${JSON.stringify(text)})?.getBoundingClientRect())`;
    let box = '';
    await eventually(async () => {
      box = String(await this.evaluate(find));
      return box;
    }).toContain('{');
    const { x, y, width, height } = JSON.parse(box);
    const at = { x: x + width / 2, y: y + height / 2, button: 'left', clickCount: 1 };
    const session = this.#page(false);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.#ask('Input.dispatchMouseEvent', { type, ...at }, session);
    }
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const closed = once(this.#process, 'close');
    void this.#ask('Browser.close');
    await closed;
  }

  #page(isPrerendered: boolean): string | undefined {
    return [...this.#pages.values()].find((page) => page.isPrerendered === isPrerendered)?.session;
  }

  async #evaluate(expression: string, session: string | undefined): Promise<unknown> {
    const how = { expression, awaitPromise: true, returnByValue: true };
    const { result } = await this.#ask('Runtime.evaluate', how, session);
    return (result as { value?: unknown } | undefined)?.value;
  }

  /** Answers nothing when what is asked has gone, or goes meanwhile. */
  #ask(method: string, params = {}, sessionId?: string): Promise<Result> {
    const id = ++this.#asked;
    const pipe = this.#process.stdio[3] as Writable;
    pipe.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((answer) => this.#waiting.set(id, { session: sessionId, answer }));
  }

  #answer(id: number, result: Result = {}): void {
    this.#waiting.get(id)?.answer(result);
    this.#waiting.delete(id);
  }

  #hear(message: Message): void {
    const { id, method, params, result } = message;
    if (id !== undefined) this.#answer(id, result);
    const { targetInfo, sessionId } = params ?? {};
    if (method === 'Target.detachedFromTarget') {
      for (const [target, { session }] of this.#pages) {
        if (session === sessionId) this.#pages.delete(target);
      }
      for (const [id, { session }] of this.#waiting) {
        if (session === sessionId) this.#answer(id);
      }
    }
    if (targetInfo?.type !== 'page') return;
    const isPrerendered = targetInfo.subtype === 'prerender';
    const known = this.#pages.get(targetInfo.targetId);
    if (known) known.isPrerendered = isPrerendered;
    else if (sessionId) this.#pages.set(targetInfo.targetId, { session: sessionId, isPrerendered });
  }
}
