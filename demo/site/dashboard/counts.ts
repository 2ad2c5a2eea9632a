// A bar for each event name, with the number of stored events; the most frequent first.

import { byId, element } from '../dom.ts';
import { formatCount } from './format.ts';
import { hueClass } from './hues.ts';
import type { Model } from './model.ts';

const BARS = 8;

interface Bar {
  item: HTMLElement;
  fill: HTMLElement;
  count: HTMLElement;
}

export class CountsView {
  private readonly list = byId('counts');
  private readonly rest = byId('counts-rest');
  private readonly bars = new Map<string, Bar>();

  constructor(private readonly model: Model) {}

  render(): void {
    const sorted = [...this.model.counts].sort(([, a], [, b]) => b - a);
    const most = sorted[0]?.[1] ?? 1;
    const items = sorted.slice(0, BARS).map(([event, count]) => {
      const bar = this.bar(event);
      bar.count.textContent = formatCount(count);
      bar.fill.style.transform = `scaleX(${Math.max(0.01, count / most)})`;
      return bar.item;
    });
    if (
      items.length !== this.list.childElementCount ||
      items.some((item, at) => this.list.children[at] !== item)
    ) {
      this.list.replaceChildren(...items);
    }
    const others = sorted.slice(BARS);
    const left = others.reduce((sum, [, count]) => sum + count, 0);
    this.rest.textContent =
      left > 0 ? `${formatCount(left)} more, with ${formatCount(others.length)} other names` : '';
  }

  private bar(event: string): Bar {
    const known = this.bars.get(event);
    if (known) return known;
    const fill = element('span', { class: 'bar-fill' });
    const count = element('span', { class: 'bar-count' });
    const name = element('span', { class: 'bar-name' }, event);
    const track = element('span', { class: 'bar-track', 'aria-hidden': 'true' }, fill);
    const item = element('li', { class: `bar ${hueClass(event)}` }, name, track, count);
    const bar = { item, fill, count };
    this.bars.set(event, bar);
    return bar;
  }
}
