// The table of requests and the list of refused requests. Both show the newest first.

import { byId, element } from '../dom.ts';
import type { Batch } from './api.ts';
import { formatBytes, formatCount, formatRatio, formatTime } from './format.ts';
import { accepted, type Model } from './model.ts';

const ROWS = 100;
const ERRORS = 50;

export class BatchesView {
  private readonly rows = new NewestFirstList(byId('batches'), ROWS, batchRow);
  private readonly errors = new NewestFirstList(byId('errors'), ERRORS, errorItem);

  constructor(private readonly model: Model) {}

  render(): void {
    const { generation, recentBatches, recentErrors, refused } = this.model;
    this.rows.render(generation, recentBatches);
    this.errors.render(generation, recentErrors);
    byId('errors-card').classList.toggle('alarm', refused > 0);
    byId('errors-none').hidden = refused > 0;
    byId('errors-count').textContent = refused > 0 ? formatCount(refused) : '';
  }
}

/** Shows the newest batches of an array that is sorted oldest first. */
class NewestFirstList {
  private shownId = 0;
  private generation = 0;

  constructor(
    private readonly container: HTMLElement,
    private readonly limit: number,
    private readonly build: (batch: Batch) => HTMLElement,
  ) {}

  render(generation: number, batches: readonly Batch[]): void {
    if (generation !== this.generation) {
      this.generation = generation;
      this.shownId = 0;
      this.container.replaceChildren();
    }
    const fresh: HTMLElement[] = [];
    for (let i = batches.length - 1; i >= 0 && fresh.length < this.limit; i--) {
      const batch = batches[i] as Batch;
      if (batch.id <= this.shownId) break;
      fresh.push(this.build(batch));
    }
    this.shownId = batches.at(-1)?.id ?? 0;
    this.container.prepend(...fresh);
    while (this.container.childElementCount > this.limit) this.container.lastElementChild?.remove();
  }
}

function batchRow(batch: Batch): HTMLElement {
  const { raw_bytes: raw, wire_bytes: wire } = batch;
  const unit = batch.logs === 1 ? ' event' : ' events'; // visible only where the table has no header
  const cell = (name: string, ...content: (Node | string)[]) =>
    element('td', { class: name }, ...content);
  return element(
    'tr',
    {},
    cell('time', formatTime(batch.received_ms)),
    cell('number logs', formatCount(batch.logs), element('span', { class: 'unit' }, unit)),
    cell('number raw', raw > 0 ? formatBytes(raw) : '–'),
    cell('number wire', formatBytes(wire)),
    cell('number ratio', formatRatio(raw, wire)),
    cell('compression', batch.compression),
    cell('status', statusMark(batch)),
  );
}

function statusMark(batch: Batch): HTMLElement {
  if (!accepted(batch)) {
    return element(
      'span',
      { class: 'mark bad', title: batch.error_code ?? '' },
      String(batch.status),
    );
  }
  if (batch.repeated) {
    return element(
      'span',
      { class: 'mark', title: 'Repeated batch: accepted again, but stored only once' },
      'repeat',
    );
  }
  return element('span', { class: 'mark good' }, String(batch.status));
}

function errorItem(batch: Batch): HTMLElement {
  return element(
    'li',
    { class: 'error' },
    element('span', { class: 'mark bad' }, String(batch.status)),
    element('strong', {}, batch.error_code ?? 'unknown error'),
    element('span', { class: 'time' }, formatTime(batch.received_ms)),
    element('span', { class: 'error-message' }, batch.error_message ?? ''),
  );
}
