// thanks.html: shows the number of the last order.

import { byId } from '../../dom.ts';
import { LAST_ORDER } from './checkout.ts';

export function showThanks(): void {
  const id = readOrderId();
  byId('order').hidden = id === '';
  byId('order-id').textContent = id;
}

function readOrderId(): string {
  try {
    return sessionStorage.getItem(LAST_ORDER) ?? '';
  } catch {
    return '';
  }
}
