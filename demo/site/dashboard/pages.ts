// The table of pages: views, visitors and engagement; the most viewed page first.

import { byId, element } from '../dom.ts';
import type { StoredLog } from './api.ts';
import { formatAddress, formatCount, formatMilliseconds } from './format.ts';
import type { Model } from './model.ts';

const ROWS = 8;

interface Page {
  address: string;
  views: number;
  visitors: Set<unknown>;
  engagedMs: number;
}

export class PagesView {
  private drawn = '';

  constructor(private readonly model: Model) {}

  render(): void {
    const { generation, captured } = this.model;
    const { page_view, engagement } = captured;
    const state = `${generation} ${page_view.at(-1)?.__id__} ${engagement.at(-1)?.__id__}`;
    if (state === this.drawn) return;
    this.drawn = state;
    const pages = pagesOf(page_view, engagement);
    byId('pages').replaceChildren(...pages.slice(0, ROWS).map(row));
    const distinct = (field: string) => new Set(page_view.map((log) => log[field])).size;
    byId('pages-visits').textContent =
      pages.length > 0
        ? `${counted(distinct('visitor_id'), 'visitor')}, ${counted(distinct('session_id'), 'session')}`
        : 'None yet';
  }
}

function pagesOf(views: readonly StoredLog[], engagements: readonly StoredLog[]): Page[] {
  const pages = new Map<string, Page>();
  for (const { page_url, visitor_id } of views) {
    const address = String(page_url);
    const page = pages.get(address) ?? { address, views: 0, visitors: new Set(), engagedMs: 0 };
    pages.set(address, page);
    page.views++;
    page.visitors.add(visitor_id);
  }
  for (const { page_url, engaged_ms } of engagements) {
    const page = pages.get(String(page_url));
    if (page) page.engagedMs += Number(engaged_ms);
  }
  return [...pages.values()].sort((a, b) => b.views - a.views);
}

function row({ address, views, visitors, engagedMs }: Page): HTMLElement {
  return element(
    'tr',
    {},
    element('td', { class: 'page' }, formatAddress(address)),
    element('td', { class: 'number' }, formatCount(views)),
    element('td', { class: 'number' }, formatCount(visitors.size)),
    element('td', { class: 'number' }, engagedMs ? formatMilliseconds(engagedMs / views) : '–'),
  );
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
