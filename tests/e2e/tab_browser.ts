// A Chromium with one tab, driven by its DevTools protocol. Playwright attaches to pages and not to tabs, and
// Chromium prerenders nothing in such a tab.
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

interface PendingCall {
  session: string | undefined;
  answer(result: Result): void;
}

export class TabBrowser {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, PendingCall>();
  /** The pages in the tab: the visible one and the prerendered ones, by target id. */
  readonly #pages = new Map<string, { session: string; isPrerendered: boolean }>();
  #lastId = 0;

  /** Starts the program with a fresh `profile`; its tab is empty. */
  static async start(program: string, profile: string): Promise<TabBrowser> {
    const browser = new TabBrowser(program, profile);
    const { targetInfos } = await browser.#call('Target.getTargets', { filter: [{ type: 'tab' }] });
    const [tab] = targetInfos as { targetId: string }[];
    const { sessionId } = await browser.#call('Target.attachToTarget', { ...tab, flatten: true });
    const follow = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };
    await browser.#call('Target.setAutoAttach', follow, String(sessionId));
    return browser;
  }

  private constructor(program: string, profile: string) {
    const flags = ['--headless', '--no-sandbox', '--no-first-run', '--remote-debugging-pipe'];
    this.#process = spawn(program, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#process.once('close', () => {
      for (const id of this.#pending.keys()) this.#resolve(id);
    });
    // Ignore writes to a browser that has ended.
    (this.#process.stdio[3] as Writable).on('error', () => {});
    let text = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#receive(JSON.parse(message));
    });
  }

  async goto(address: string): Promise<void> {
    await this.#call('Page.navigate', { url: address }, this.#page(false));
  }

  /** Evaluates an expression in the visible page; a promise is awaited. */
  evaluate(expression: string): Promise<unknown> {
    return this.#evaluate(expression, this.#page(false));
  }

  /** Evaluates an expression in the prerendered page; undefined when there is none. */
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
      await this.#call('Input.dispatchMouseEvent', { type, ...at }, session);
    }
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const closed = once(this.#process, 'close');
    void this.#call('Browser.close');
    await closed;
  }

  #page(isPrerendered: boolean): string | undefined {
    return [...this.#pages.values()].find((page) => page.isPrerendered === isPrerendered)?.session;
  }

  async #evaluate(expression: string, session: string | undefined): Promise<unknown> {
    const how = { expression, awaitPromise: true, returnByValue: true };
    const { result } = await this.#call('Runtime.evaluate', how, session);
    return (result as { value?: unknown } | undefined)?.value;
  }

  /** Calls a method of the protocol. The result is empty if the target is gone or closes before it answers. */
  #call(method: string, params = {}, sessionId?: string): Promise<Result> {
    const id = ++this.#lastId;
    const pipe = this.#process.stdio[3] as Writable;
    pipe.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((answer) => this.#pending.set(id, { session: sessionId, answer }));
  }

  #resolve(id: number, result: Result = {}): void {
    this.#pending.get(id)?.answer(result);
    this.#pending.delete(id);
  }

  #receive(message: Message): void {
    const { id, method, params, result } = message;
    if (id !== undefined) this.#resolve(id, result);
    const { targetInfo, sessionId } = params ?? {};
    if (method === 'Target.detachedFromTarget') {
      for (const [target, { session }] of this.#pages) {
        if (session === sessionId) this.#pages.delete(target);
      }
      for (const [id, { session }] of this.#pending) {
        if (session === sessionId) this.#resolve(id);
      }
    }
    if (targetInfo?.type !== 'page') return;
    const isPrerendered = targetInfo.subtype === 'prerender';
    const known = this.#pages.get(targetInfo.targetId);
    if (known) known.isPrerendered = isPrerendered;
    else if (sessionId) this.#pages.set(targetInfo.targetId, { session: sessionId, isPrerendered });
  }
}
