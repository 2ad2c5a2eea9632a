// The Web Vitals: the 75th percentile of each metric and the share of each rating.

import { byId, element } from '../dom.ts';
import type { StoredLog } from './api.ts';
import { formatCount, formatMilliseconds } from './format.ts';
import type { Model } from './model.ts';

const METRICS = ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'];
const RATINGS = ['good', 'needs-improvement', 'poor'];

export class VitalsView {
  private drawn = '';

  constructor(private readonly model: Model) {}

  render(): void {
    const { generation, captured } = this.model;
    const { web_vital } = captured;
    const state = `${generation} ${web_vital.at(-1)?.__id__}`;
    if (state === this.drawn) return;
    this.drawn = state;
    // A metric can be recorded several times while its value grows. Use the last one.
    const last = new Map(web_vital.map((log) => [log.metric_id, log]));
    const rows = METRICS.map((metric) =>
      row(
        metric,
        [...last.values()].filter((log) => log.metric === metric),
      ),
    );
    byId('vitals').replaceChildren(...rows);
  }
}

function row(metric: string, logs: readonly StoredLog[]): HTMLElement {
  const values = logs.map(numberOf).sort((a, b) => a - b);
  const value = values[Math.ceil(values.length * 0.75) - 1];
  const format = metric === 'CLS' ? (score: number) => score.toFixed(2) : formatMilliseconds;
  const shares = RATINGS.map((rating) => {
    const count = logs.filter((log) => log.rating === rating).length;
    const share = element('span', { class: rating, title: `${formatCount(count)} ${rating}` });
    share.style.flexGrow = String(count);
    return share;
  });
  return element(
    'li',
    { class: 'vital' },
    element('span', { class: 'vital-name' }, metric),
    element('span', { class: 'vital-value' }, value === undefined ? '–' : format(value)),
    element('span', { class: 'vital-shares', 'aria-hidden': 'true' }, ...shares),
    element('span', { class: 'vital-count muted' }, formatCount(logs.length)),
  );
}

function numberOf({ value_ms, value_score }: StoredLog): number {
  return Number(value_ms ?? value_score);
}
