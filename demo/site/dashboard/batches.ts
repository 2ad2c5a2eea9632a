// The table of requests, newest on top, and the list of those that were refused.

import { byId, element } from '../dom.ts';
import type { Batch } from './api.ts';
import { formatBytes, formatCount, formatRatio, formatTime } from './format.ts';
import { accepted, type Model } from './model.ts';

const ROWS = 100;
const ERRORS = 50;

export class BatchesView {
  private readonly rows = new Newest(byId('batches'), ROWS, batchRow);
  private readonly errors = new Newest(byId('errors'), ERRORS, errorItem);

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

/** Keeps the newest items of a list that is oldest first on the screen, newest on top. */
class Newest {
  private shownId = 0;
  private generation = 0;

  constructor(
    private readonly place: HTMLElement,
    private readonly bound: number,
    private readonly build: (batch: Batch) => HTMLElement,
  ) {}

  render(generation: number, batches: readonly Batch[]): void {
    if (generation !== this.generation) {
      this.generation = generation;
      this.shownId = 0;
      this.place.replaceChildren();
    }
    const fresh: HTMLElement[] = [];
    for (let i = batches.length - 1; i >= 0 && fresh.length < this.bound; i--) {
      const batch = batches[i] as Batch;
      if (batch.id <= this.shownId) break;
      fresh.push(this.build(batch));
    }
    this.shownId = batches.at(-1)?.id ?? 0;
    this.place.prepend(...fresh);
    while (this.place.childElementCount > this.bound) this.place.lastElementChild?.remove();
  }
}

function batchRow(batch: Batch): HTMLElement {
  const { raw_bytes: raw, wire_bytes: wire } = batch;
  const unit = batch.logs === 1 ? ' event' : ' events'; // shown where the table has no head
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
      { class: 'mark', title: 'A repeated batch: acknowledged, stored once' },
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
