// The dialog that shows a complete stored log.

import { byId, element } from '../dom.ts';
import type { StoredLog } from './api.ts';
import { formatFullTime } from './format.ts';
import { eventOf, timeOf } from './model.ts';

let shown: StoredLog | undefined;

/** Sets up the dialog. Calls `onClose` each time the dialog closes. */
export function prepareRecord(onClose: () => void): void {
  const dialog = byId<HTMLDialogElement>('record');
  byId('record-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close(); // a click on the backdrop
  });
  dialog.addEventListener('close', onClose);
  byId('record-copy').addEventListener('click', async () => {
    const copy = byId('record-copy');
    try {
      await navigator.clipboard.writeText(JSON.stringify(shown, null, 2));
      copy.textContent = 'Copied';
    } catch {
      copy.textContent = 'The browser does not allow copying';
    }
  });
}

export function isRecordOpen(): boolean {
  return byId<HTMLDialogElement>('record').open;
}

export function showRecord(log: StoredLog): void {
  shown = log;
  byId('record-copy').textContent = 'Copy as JSON';
  byId('record-title').textContent = eventOf(log);
  byId('record-time').textContent = formatFullTime(timeOf(log));
  const fields = Object.entries(log);
  byId('record-own').replaceChildren(...fields.filter(([name]) => !name.startsWith('__')).map(row));
  byId('record-added').replaceChildren(
    ...fields.filter(([name]) => name.startsWith('__')).map(row),
  );
  byId<HTMLDialogElement>('record').showModal();
}

function row([name, value]: [string, string | number]): HTMLElement {
  const text = String(value);
  return element(
    'div',
    {},
    element('dt', {}, name),
    text === '' ? element('dd', { class: 'muted' }, 'empty') : element('dd', {}, text),
  );
}
