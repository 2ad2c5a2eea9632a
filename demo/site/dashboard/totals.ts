// The totals, the state of the connection, and the panel that is shown before the first event.

import { byId } from '../dom.ts';
import { formatBytes, formatCount } from './format.ts';
import type { Connection } from './live.ts';
import type { Model } from './model.ts';

const CONNECTION_TEXT: Record<Connection, string> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  gone: 'Collector not available',
};

export class TotalsView {
  constructor(private readonly model: Model) {}

  render(): void {
    const { generation, logs, batches, rawBytes, wireBytes, repeated, refused } = this.model;
    const known = generation > 0;
    const empty = known && batches === 0;
    byId('empty').hidden = !empty;
    byId('board').hidden = !known || empty;
    byId('total-logs').textContent = formatCount(logs);
    byId('total-batches').textContent = formatCount(batches);
    byId('total-raw').textContent = formatBytes(rawBytes);
    byId('total-wire').textContent = formatBytes(wireBytes);
    byId('total-repeated').textContent = formatCount(repeated);
    byId('total-refused').textContent = formatCount(refused);
    byId('total-refused').classList.toggle('bad', refused > 0);
  }
}

export function showConnection(state: Connection): void {
  const mark = byId('connection');
  mark.dataset.state = state;
  mark.textContent = CONNECTION_TEXT[state];
  byId('gone').hidden = state !== 'gone';
}
