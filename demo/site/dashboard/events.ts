// The table of the newest events. It does not move while somebody reads it.

import { byId, element } from '../dom.ts';
import type { StoredLog } from './api.ts';
import { formatAddress, formatCount, formatTime } from './format.ts';
import { hueClass } from './hues.ts';
import { eventOf, type Model, timeOf } from './model.ts';
import { isRecordOpen, showRecord } from './record.ts';

const ROWS = 120;
const SHOWN_FIELDS = 4;
/** The shortest time between two updates. Layout is slow, and nobody reads faster. */
const UPDATE_INTERVAL_MS = 200;

export class EventsView {
  private readonly scroller = byId('events-scroller');
  private readonly rows = byId('events');
  private readonly pause = byId('pause');
  private readonly showNew = byId('events-waiting');
  private readonly records = new WeakMap<Element, StoredLog>();
  private paused = false;
  private scrolled = false;
  private drawnAt = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private shownId = 0;
  private shownLogs = 0;
  private generation = 0;

  /** `scheduleRender` makes the dashboard render again when no new data arrives. */
  constructor(
    private readonly model: Model,
    private readonly scheduleRender: () => void,
  ) {
    this.pause.addEventListener('click', () => this.setPaused(!this.paused));
    this.showNew.addEventListener('click', () => {
      this.scroller.scrollTop = 0;
      if (this.rows.contains(document.activeElement)) this.pause.focus();
      this.setPaused(false);
    });
    this.scroller.addEventListener('scroll', () => this.scroll(), { passive: true });
    this.rows.addEventListener('focusout', scheduleRender);
    this.rows.addEventListener('click', (event) => this.open(event.target));
    this.rows.addEventListener('keydown', (event) => this.moveFocus(event));
    this.rows.addEventListener('focusin', (event) => this.takeTabStop(event.target));
  }

  render(): void {
    const { generation, recentLogs, logs } = this.model;
    if (generation !== this.generation) {
      this.generation = generation;
      this.rows.replaceChildren();
      this.shownId = 0;
      this.scrolled = false;
    } else if (this.isHeld()) {
      const waiting = logs - this.shownLogs;
      this.showNew.hidden = waiting === 0;
      this.showNew.textContent = `Show ${formatCount(waiting)} new`;
      return;
    } else if (performance.now() - this.drawnAt < UPDATE_INTERVAL_MS) {
      this.renderLater();
      return;
    }
    this.showNew.hidden = true;
    this.shownLogs = logs;
    const fresh: Node[] = [];
    for (let i = recentLogs.length - 1; i >= 0 && fresh.length < ROWS; i--) {
      const log = recentLogs[i] as StoredLog;
      if (log.__id__ <= this.shownId) break;
      fresh.push(this.row(log));
    }
    if (fresh.length === 0) return;
    this.drawnAt = performance.now();
    this.shownId = recentLogs.at(-1)?.__id__ ?? 0;
    if (fresh.length === ROWS) this.rows.replaceChildren(...fresh);
    else this.rows.prepend(...fresh);
    while (this.rows.childElementCount > ROWS) this.rows.lastElementChild?.remove();
    this.takeTabStop(this.rows.querySelector('button'));
  }

  private renderLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.scheduleRender();
    }, UPDATE_INTERVAL_MS);
  }

  private isHeld(): boolean {
    const reading = this.scrolled || this.rows.contains(document.activeElement);
    return this.paused || reading || isRecordOpen();
  }

  private scroll(): void {
    this.scrolled = this.scroller.scrollTop > 4;
    this.scheduleRender();
  }

  private setPaused(paused: boolean): void {
    this.paused = paused;
    this.pause.textContent = paused ? 'Resume' : 'Pause';
    this.scheduleRender();
  }

  private row(log: StoredLog): HTMLElement {
    const event = eventOf(log);
    const time = formatTime(timeOf(log));
    const button = element(
      'button',
      { type: 'button', class: `event-name ${hueClass(event)}`, tabindex: -1 },
      event,
    );
    const row = element(
      'tr',
      {},
      element('td', { class: 'time' }, time),
      element('td', {}, button),
      element('td', { class: 'page' }, formatAddress(String(log.page_url ?? ''))),
      element('td', { class: 'fields' }, ...keyFields(log)),
    );
    this.records.set(row, log);
    return row;
  }

  private open(target: EventTarget | null): void {
    const row = target instanceof Element ? target.closest('tr') : null;
    const log = row && this.records.get(row);
    if (!log) return;
    row.querySelector('button')?.focus(); // the dialog returns the focus here when it closes
    showRecord(log);
  }

  /** The Tab key reaches only one row; the arrow keys move from row to row. */
  private moveFocus(event: KeyboardEvent): void {
    const row = event.target instanceof Element ? event.target.closest('tr') : null;
    const next =
      event.key === 'ArrowDown'
        ? row?.nextElementSibling
        : event.key === 'ArrowUp'
          ? row?.previousElementSibling
          : null;
    if (!next) return;
    event.preventDefault();
    next.querySelector('button')?.focus();
  }

  private takeTabStop(target: EventTarget | null): void {
    if (!(target instanceof HTMLButtonElement)) return;
    for (const other of this.rows.querySelectorAll('button[tabindex="0"]'))
      other.setAttribute('tabindex', '-1');
    target.tabIndex = 0;
  }
}

/** Shows the first fields of an event, without fields that have a column or that mean little to people. */
function keyFields(log: StoredLog): Node[] {
  const own = Object.entries(log).filter(
    ([name, value]) => !name.startsWith('_') && !HIDDEN_FIELDS.has(name) && value !== '',
  );
  return own
    .slice(0, SHOWN_FIELDS)
    .map(([name, value]) =>
      element(
        'span',
        { class: 'field' },
        element('span', { class: 'field-name' }, name),
        (name.endsWith('_url') ? formatAddress(String(value)) : String(value)).slice(0, 120),
      ),
    );
}

const HIDDEN_FIELDS = new Set(
  'event page_url page_type page_load_id ts seq view_seq visitor_id session_id metric_id'.split(
    ' ',
  ),
);
