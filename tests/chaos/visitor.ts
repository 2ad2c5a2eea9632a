// Carries out a plan in a real browser, and notes in the ledger what the pages record.
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { BrowserLife, type BrowserName } from './browser_life.ts';
import type { Ledger, Recorded } from './ledger.ts';
import type { PlannedEvent, Step } from './plan.ts';

declare global {
  /** Defined in page.js. */
  interface Window {
    documentNumber: number;
    record(events: PlannedEvent[]): Recorded[];
    recordAndLeave(events: PlannedEvent[]): Recorded[];
    deliver(): void;
    kept(): Promise<Kept>;
    documentsLeft(): number[];
  }
}

export interface Kept {
  records: number;
  /** Bytes of their bodies. */
  bodies: number;
  /** Bytes on disk; 0 if the browser does not tell. */
  bytes: number;
}

export class Tab {
  readonly page: Page;
  document = 0;

  constructor(page: Page) {
    this.page = page;
  }
}

export class Visitor {
  readonly #ledger: Ledger;
  readonly #origin: string;
  readonly #life: BrowserLife;
  readonly #cutOff: () => () => void;
  #tabs: Tab[] = [];

  private constructor(ledger: Ledger, origin: string, life: BrowserLife, cutOff: () => () => void) {
    this.#ledger = ledger;
    this.#origin = origin;
    this.#life = life;
    this.#cutOff = cutOff;
  }

  /** `origin`: the page server's. `cutOff` cuts the workers off from the endpoint until its result is called. */
  static async start(
    ledger: Ledger,
    origin: string,
    browser: BrowserName,
    cutOff: () => () => void,
  ): Promise<Visitor> {
    const noteDrop = (_: unknown, reason: string, events: number) =>
      ledger.noteDrop(reason, events);
    const noteAged = (_: unknown, document: number, events: number) =>
      ledger.noteAged(document, events);
    const life = await BrowserLife.start(browser, async (context) => {
      await context.exposeBinding('noteDrop', noteDrop);
      await context.exposeBinding('noteAged', noteAged);
    });
    return new Visitor(ledger, origin, life, cutOff);
  }

  get isChromium(): boolean {
    return this.#life.isChromium;
  }

  async open(prepare?: (page: Page) => Promise<void>): Promise<Tab> {
    const tab = new Tab(await this.#life.context.newPage());
    // Tabs that share a renderer crash together.
    tab.page.on('crash', () => {
      this.#ledger.killed([tab.document], { all: false });
      this.#tabs = this.#tabs.filter((other) => other !== tab);
    });
    await prepare?.(tab.page);
    await this.#go(tab, () => tab.page.goto(this.#origin));
    this.#tabs.push(tab);
    return tab;
  }

  async record(tab: Tab, events: PlannedEvent[]): Promise<void> {
    const recorded = await tab.page.evaluate((events) => window.record(events), events);
    this.#ledger.note(tab.document, recorded);
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'pause':
        return delay(step.ms);
      case 'record':
        return this.record(await this.#tab(step.tab), step.events);
      case 'tabs': {
        const open = async (events: PlannedEvent[]) => this.record(await this.open(), events);
        await Promise.all(step.events.map(open));
        return;
      }
      case 'navigate':
      case 'reload': {
        const tab = await this.#tab(step.tab);
        await this.#go(tab, () =>
          step.do === 'reload' ? tab.page.reload() : tab.page.goto(this.#origin),
        );
        return;
      }
      case 'leave': {
        const tab = await this.#tab(step.tab);
        await this.#go(tab, async () => {
          const arrived = tab.page.waitForEvent('load');
          const leave = (events: PlannedEvent[]) => window.recordAndLeave(events);
          this.#ledger.note(tab.document, await tab.page.evaluate(leave, step.events));
          await arrived;
        });
        return;
      }
      case 'close':
        return this.#close(await this.#tab(step.tab));
      case 'crash':
        return this.#crash(await this.#tab(step.tab));
      case 'kill':
        await this.#life.killAndRestart(() => {
          this.#ledger.killed(this.#documents(), { all: true });
          this.#tabs = [];
        });
        return;
      case 'offline': {
        const tab = await this.#tab(step.tab);
        const online = this.#ledger.offline();
        // Playwright takes only pages offline, not shared workers.
        const connect = this.#cutOff();
        await this.#life.context.setOffline(true);
        await this.record(tab, step.events);
        if (step.close) await this.#close(tab);
        await delay(step.ms);
        await this.#life.context.setOffline(false);
        connect();
        online();
      }
    }
  }

  async closeAll(): Promise<void> {
    for (const tab of this.#tabs) await this.#close(tab);
  }

  async stop(): Promise<void> {
    await this.#life.stop();
  }

  #documents(): number[] {
    return this.#tabs.map(({ document }) => document);
  }

  /** The tab that the plan means, or a new one if none is open. */
  async #tab(share: number): Promise<Tab> {
    return this.#tabs[Math.floor(share * this.#tabs.length)] ?? this.open();
  }

  /** Leaves the document by `go` and notes the next one's number. */
  async #go(tab: Tab, go: () => Promise<unknown>): Promise<void> {
    this.#ledger.left([tab.document]);
    await go();
    tab.document = await tab.page.evaluate(() => window.documentNumber);
  }

  async #close(tab: Tab): Promise<void> {
    this.#tabs = this.#tabs.filter((other) => other !== tab);
    this.#ledger.left([tab.document]);
    await tab.page.close();
  }

  /** Kills the renderer at once, as the system does when memory is short. */
  async #crash(tab: Tab): Promise<void> {
    // Other browsers have no such command: kill the whole browser.
    if (!this.#life.isChromium) return this.take({ do: 'kill' });
    const session = await this.#life.context.newCDPSession(tab.page);
    const crashed = tab.page.waitForEvent('crash');
    this.#ledger.killed([tab.document], { all: false });
    // The command gets no answer.
    void session.send('Page.crash').catch(() => {});
    await crashed;
    await tab.page.close();
  }
}
